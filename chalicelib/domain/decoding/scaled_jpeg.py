"""JPEG to a small picture: libjpeg-turbo leaves out the frequencies that the small one has no room for.

Pillow's decoder is the fastest at hand and lenient: it passes over damage without a word. What
it passes over mostly leaves traces that cost next to nothing to look for; a file that shows one is
decoded again by simplejpeg in its strict mode, whose word becomes the picture's doubt. Progressive
files, where damage leaves fewer traces and decoding costs the same in both, go to the strict decoder first.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, JpegImagePlugin
from simplejpeg import decode_jpeg as decode_with_turbo  # type: ignore[attr-defined]

from .jpeg import JpegStructure, read_structure
from .limits import InspectionLimits
from .picture import Picture
from .tiff_directory import exif_orientation

_SCALES = (8, 4, 2)
# What the perceptual hash (32 px) and the thumbnail (256 px) need to come out as from all pixels.
_MIN_SHORT_SIDE = 64
_MIN_LONG_SIDE = 256
_PIECE = 1 << 16
# No encoder emits as many zero bytes, except for codes that spend them on a blank picture.
_LOST_BLOCK = bytes(32)
_STRICT_COLOURS = {1: "GRAY", 3: "RGB"}


def decode_jpeg(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a JPEG to its end, at 1/8, 1/4, 1/2 or all of its size.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = read_structure(data, limits)
    frame = structure.frame
    scale = _scale_for(frame.width, frame.height)
    small, doubt = _decode(data, structure, scale)
    colour = small if small.mode in ("L", "RGB") else small.convert("RGB")
    orientation = exif_orientation(structure.exif) if structure.exif else 1
    return Picture(frame.width, frame.height, orientation, colour, colour.convert("L"), scale, doubt)


def _scale_for(width: int, height: int) -> int:
    """The largest reduction that leaves enough pixels."""
    for scale in _SCALES:
        if min(width, height) >= scale * _MIN_SHORT_SIDE and max(width, height) >= scale * _MIN_LONG_SIDE:
            return scale
    return 1


def _decode(data: bytes, structure: JpegStructure, scale: int) -> tuple[Image.Image, str | None]:
    colours = _STRICT_COLOURS.get(len(structure.frame.sampling))
    if structure.frame.progressive and colours:
        try:
            return _decode_strictly(data, structure, colours, scale), structure.doubt
        except ValueError as error:
            return _decode_leniently(data, structure, scale), str(error)
    small = _decode_leniently(data, structure, scale)
    if colours and _shows_damage(small, data, structure):
        try:
            _decode_strictly(data, structure, "GRAY", scale)
        except ValueError as error:
            return small, str(error)
    return small, structure.doubt


def _decode_strictly(data: bytes, structure: JpegStructure, colours: str, scale: int) -> Image.Image:
    """The small picture; ValueError where libjpeg has so much as a warning."""
    samples = decode_with_turbo(
        data,
        colorspace=colours,
        fastupsample=True,
        min_factor=scale,
        # without these, only the factors 1 and 8 are taken
        min_width=structure.frame.width // scale,
        min_height=structure.frame.height // scale,
    )
    return Image.fromarray(samples.squeeze(2) if colours == "GRAY" else samples)


class _FedJpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose decoder is fed with chosen pieces of the file."""

    pieces: Iterator[bytes]

    def load_read(self, read_bytes: int) -> bytes:  # noqa: ARG002 (Pillow's hook; more or less is welcome)
        return next(self.pieces, b"")


def _decode_leniently(data: bytes, structure: JpegStructure, scale: int) -> Image.Image:
    picture = _FedJpeg(io.BytesIO(structure.header))
    picture.draft(None, (structure.frame.width // scale, structure.frame.height // scale))
    picture.pieces = _pieces(data, structure)
    picture.load()
    return picture


def _pieces(data: bytes, structure: JpegStructure) -> Iterator[bytes]:
    yield structure.header
    for start in range(structure.scan_start, structure.scan_end, _PIECE):
        yield data[start : min(start + _PIECE, structure.scan_end)]


def _shows_damage(small: Image.Image, data: bytes, structure: JpegStructure) -> bool:
    """Whether a lenient decode looks like one that passed over damage; seldom wrong the other way."""
    last = small.getpixel((small.width - 1, small.height - 1))
    # libjpeg fills with middle gray what it ran out of data for
    ran_dry = last in (128, (128, 128, 128))
    return (
        ran_dry
        or structure.doubt is not None
        or data.find(_LOST_BLOCK, structure.scan_start, structure.scan_end) >= 0
    )
