"""A decoded picture made small in one pass, whatever its pixels are made of."""

from __future__ import annotations

import numpy as np
from PIL import Image

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.picture import MIN_LONG_SIDE, MIN_SHORT_SIDE

_BAND_PIXELS = 1 << 20
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_PLAIN = ("L", "RGB")
_CONVERTIBLE = ("1", "P", "PA", "LA", "La", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", *_PLAIN, *_SIXTEEN_BIT)


def reduce_picture(picture: Image.Image) -> tuple[Image.Image, Image.Image, int]:
    """Average blocks of pixels.

    Args:
        picture: loaded, of any mode that the six formats have.

    Returns:
        The colour picture (RGB or L, transparency on white), its luma (L, transparency
        ignored), and by what factor both are smaller.

    Raises:
        Rejected: its pixels are of a kind that has no agreed look (32-bit numbers, Lab).
    """
    if picture.mode not in _CONVERTIBLE:
        raise Rejected(
            RejectionKind.UNSUPPORTED_PICTURE,
            "pixels without an agreed look (32-bit numbers, Lab) are not supported; send it in 8-bit colour",
        )
    factor = max(1, min(min(picture.size) // MIN_SHORT_SIDE, max(picture.size) // MIN_LONG_SIDE))
    if picture.mode in _PLAIN and "transparency" not in picture.info:
        colour = picture.reduce(factor)
        return colour, colour.convert("L"), factor
    return *_reduce_in_bands(picture, factor), factor


def _reduce_in_bands(picture: Image.Image, factor: int) -> tuple[Image.Image, Image.Image]:
    """Convert and reduce band by band, so that no second picture of full size is ever held."""
    width, height = picture.size
    small = (-(-width // factor), -(-height // factor))
    colour, gray = Image.new("RGB", small), Image.new("L", small)
    rows = max(1, _BAND_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(top + rows, height)))
        flat, luma = _flatten(band)
        colour.paste(flat.reduce(factor), (0, top // factor))
        gray.paste(luma.reduce(factor), (0, top // factor))
    return colour, gray


def _flatten(band: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Colour on white and luma without alpha, both of the band's size."""
    if band.mode in _SIXTEEN_BIT:
        # the high byte: Pillow's own conversion clips instead of scaling
        luma = Image.fromarray((np.asarray(band) >> 8).astype(np.uint8))
        return luma, luma
    if not band.has_transparency_data:
        plain = band.convert("RGB")
        return plain, plain.convert("L")
    layered = band.convert("RGBA")
    flat = Image.new("RGB", band.size, "white")
    flat.paste(layered, mask=layered.getchannel("A"))
    return flat, layered.convert("L")
