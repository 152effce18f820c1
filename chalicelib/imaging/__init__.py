"""Pictures from hostile bytes: what each format looks like, and how each is decoded within bounds.

`inspect` is the one door: an image file in, its facts out. `signatures` tells formats apart; each module
of `formats` knows one: its structure, read without decoding (size, number of pictures, EXIF, where
it ends), so that whatever costs too much is refused before a decoder sees it, and its decoder.
`picture` is what comes out of them, `hash` and `thumbnail` are what is made of it.

The only home of the image libraries (`tests/unit/test_import_rules.py`).
"""
