"""The formats that are decoded, each in a module of its own.

A new format is a member and a row in `domain/formats.py`, a module here, and a row in `READERS`.
"""

from __future__ import annotations

from chalicelib.domain.formats import Format
from chalicelib.imaging.picture import Reader

from . import bmp, gif, heif, jpeg, png, tiff, webp

READERS: dict[Format, Reader] = {
    Format.JPEG: jpeg.READER,
    Format.PNG: png.READER,
    Format.WEBP: webp.READER,
    Format.TIFF: tiff.READER,
    Format.BMP: bmp.READER,
    Format.GIF: gif.READER,
    Format.AVIF: heif.AVIF,  # before HEIC, which the general brand would be taken for
    Format.HEIC: heif.HEIC,
}
