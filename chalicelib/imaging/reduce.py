"""A decoded picture made small in one pass, whatever its pixels are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from PIL import Image

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.picture import MIN_LONG_SIDE, reduction

_BAND_PIXELS = 1 << 20
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
Band = Callable[[int, int], Image.Image]
"""The rows of a picture from a first one up to a last."""
_DEPTHS = (8, 10, 12, 14, 16)
_PLAIN = ("L", "RGB")
_CONVERTIBLE = ("1", "P", "PA", "LA", "La", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", *_PLAIN, *_SIXTEEN_BIT)


def reduce_picture(
    picture: Image.Image, long_side: int = MIN_LONG_SIDE
) -> tuple[Image.Image, Image.Image, int]:
    """Average blocks of pixels.

    Args:
        picture: loaded, of any mode that the formats have.
        long_side: pixels that are to be left along the longer side, at least.

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
    factor = reduction(picture.size, long_side)
    if picture.mode in _PLAIN and "transparency" not in picture.info:
        colour = picture.reduce(factor) if factor > 1 else picture
        return colour, colour.convert("L"), factor
    band = partial(_band_of, picture)
    shift = _bits_used(picture.size, band) - 8 if picture.mode in _SIXTEEN_BIT else 0
    return *_reduce_in_bands(picture.size, band, factor, shift), factor


def _band_of(picture: Image.Image, top: int, bottom: int) -> Image.Image:
    return picture.crop((0, top, picture.width, bottom))


def reduce_rows(
    pixels: memoryview[int], mode: str, size: tuple[int, int], stride: int, long_side: int
) -> tuple[Image.Image, Image.Image, int]:
    """Average blocks of pixels that no picture of Pillow's holds, band by band.

    Args:
        pixels: rows of `stride` bytes.
        mode: of Pillow's, 8 bits a sample.
        size: width and height in pixels.
        long_side: pixels that are to be left along the longer side, at least.

    Returns:
        As `reduce_picture`.
    """
    factor = reduction(size, long_side)

    def band(top: int, bottom: int) -> Image.Image:
        rows = bytes(pixels[top * stride : bottom * stride])
        return Image.frombuffer(mode, (size[0], bottom - top), rows, "raw", mode, stride, 1)

    return *_reduce_in_bands(size, band, factor, 0), factor


def _reduce_in_bands(
    size: tuple[int, int], band: Band, factor: int, shift: int
) -> tuple[Image.Image, Image.Image]:
    """Convert and reduce band by band, so that no second picture of full size is ever held."""
    small = (-(-size[0] // factor), -(-size[1] // factor))
    colour, gray = Image.new("RGB", small), Image.new("L", small)
    for top, bottom in _spans(size, factor):
        flat, luma = _flatten(band(top, bottom), shift)
        colour.paste(flat.reduce(factor), (0, top // factor))
        gray.paste(luma.reduce(factor), (0, top // factor))
    return colour, gray


def _spans(size: tuple[int, int], factor: int) -> Iterator[tuple[int, int]]:
    """First and last row of each band, whole blocks of `factor` rows but in the last."""
    width, height = size
    rows = max(1, _BAND_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _bits_used(size: tuple[int, int], band: Band) -> int:
    """How many of 16 bits the samples use: 8, 10, 12, 14 or 16.

    Cameras and X-ray detectors write 10, 12 or 14 bits into 16. By the depth, and not by the smallest and
    largest sample, black stays black, and two exposures of one camera are shown alike.
    """
    brightest = max(int(np.asarray(band(*span)).max()) for span in _spans(size, 1))
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
