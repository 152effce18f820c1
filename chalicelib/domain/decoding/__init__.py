"""Pictures from hostile bytes: what the six formats look like, and how each is decoded within bounds.

`signatures` tells formats apart; `jpeg`, `png`, `gif`, `webp` and `tiff` read a file's structure without
decoding it (size, number of pictures, EXIF, where it ends), so that whatever costs too much is
refused before a decoder sees it; `scaled_jpeg` and `rasters` decode; `picture` is what comes out.
"""
