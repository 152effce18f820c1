"""A decoded picture made small in one pass, whatever its pixels are made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.picture import MIN_LONG_SIDE, MIN_SHORT_SIDE

_BAND_PIXELS = 1 << 20
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_DEPTHS = (8, 10, 12, 14, 16)
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
    shift = _bits_used(picture, rows) - 8 if picture.mode in _SIXTEEN_BIT else 0
    for top, band in _bands(picture, rows):
        flat, luma = _flatten(band, shift)
        colour.paste(flat.reduce(factor), (0, top // factor))
        gray.paste(luma.reduce(factor), (0, top // factor))
    return colour, gray


def _bands(picture: Image.Image, rows: int) -> Iterator[tuple[int, Image.Image]]:
    width, height = picture.size
    for top in range(0, height, rows):
        yield top, picture.crop((0, top, width, min(top + rows, height)))


def _bits_used(picture: Image.Image, rows: int) -> int:
    """How many of 16 bits the samples use: 8, 10, 12, 14 or 16.

    Cameras and X-ray detectors write 10, 12 or 14 bits into 16. By the depth, and not by the smallest and
    largest sample, black stays black, and two exposures of one camera are shown alike.
    """
    brightest = max(int(np.asarray(band).max()) for _, band in _bands(picture, rows))
    return next(bits for bits in _DEPTHS if brightest < 1 << bits)


def _flatten(band: Image.Image, shift: int) -> tuple[Image.Image, Image.Image]:
    """Colour on white and luma without alpha, both of the band's size; `shift` is what 16 bits lose."""
    if band.mode in _SIXTEEN_BIT:
        # Pillow's own conversion clips instead of scaling
        luma = Image.fromarray((np.asarray(band) >> shift).astype(np.uint8))
        return luma, luma
    if not band.has_transparency_data:
        plain = band.convert("RGB")
        return plain, plain.convert("L")
    layered = band.convert("RGBA")
    flat = Image.new("RGB", band.size, "white")
    flat.paste(layered, mask=layered.getchannel("A"))
    return flat, layered.convert("L")
