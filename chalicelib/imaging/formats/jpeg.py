"""JPEG to a small picture: libjpeg-turbo leaves out the frequencies that the small one has no room for.

Pillow's decoder is the fastest at hand (simplejpeg's build takes 1.3 to 1.9 times as long) and
lenient: it passes over damage without a word. Some damage leaves traces that cost next to nothing to look
for; only a file that shows one is decoded again by simplejpeg in its strict mode, whose word becomes
the picture's doubt. So zeroed runs are found as by a strict decoder, missing blocks too in baseline
files; missing blocks in progressive files and a few changed bytes are mostly found by nobody
but a checksum that the uploader declares.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from PIL import Image, JpegImagePlugin
from simplejpeg import decode_jpeg as decode_with_turbo  # type: ignore[attr-defined]

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import MIN_LONG_SIDE, MIN_SHORT_SIDE, Picture, Reader

from .jpeg_structure import JpegStructure, read_structure
from .tiff_directory import exif_orientation

_SCALES = (8, 4, 2)
_PIECE = 1 << 16
# No encoder emits as many zero bytes, except for codes that spend them on a blank picture.
_LOST_BLOCK = bytes(32)
_END = b"\xff\xd9"
_OUT_OF_DATA = "premature end"
_CMYK_COMPONENTS = 4
_MIDDLE_GRAYS = (128, (128, 128, 128))


def decode(data: bytes, limits: InspectionLimits) -> Picture:
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
        if min(width, height) >= scale * MIN_SHORT_SIDE and max(width, height) >= scale * MIN_LONG_SIDE:
            return scale
    return 1


def _decode(data: bytes, structure: JpegStructure, scale: int) -> tuple[Image.Image, str | None]:
    small = _decode_leniently(data, structure, scale)
    if not structure.has_end:
        _check_that_all_is_there(data, structure)
        return small, structure.doubt
    if _shows_damage(small, data, structure):
        return small, _strict_doubt(data, structure) or structure.doubt
    return small, None


def _check_that_all_is_there(data: bytes, structure: JpegStructure) -> None:
    """Refuse a picture without its end marker whose pixels are not all there either.

    With the marker put back, a strict decoder complains only of pixels that it has no data for.
    """
    if structure.frame.arithmetic:
        return  # was decoded as it is, to its end
    problem = _strict_doubt(data[: structure.scan_end] + _END, structure)
    if _OUT_OF_DATA in (problem or "") or not structure.is_complete:
        raise Rejected(RejectionKind.DAMAGED, "the JPEG is cut off: the end of its picture is missing")


def _strict_doubt(data: bytes, structure: JpegStructure) -> str | None:
    """What libjpeg warns of in the file, if anything."""
    try:
        decode_with_turbo(
            data,
            colorspace="CMYK" if len(structure.frame.sampling) == _CMYK_COMPONENTS else "GRAY",
            min_factor=_SCALES[0],
            # without a size too it may decode to the full one
            min_width=structure.frame.width // _SCALES[0],
            min_height=structure.frame.height // _SCALES[0],
        )
    except ValueError as error:
        return str(error)
    return None


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
    if not structure.has_end and not structure.frame.arithmetic:
        # Arithmetic codes run out without a word, so there only the decoder's own stop tells.
        yield _END


def _shows_damage(small: Image.Image, data: bytes, structure: JpegStructure) -> bool:
    """Whether a lenient decode may have passed over damage; whole files seldom look so."""
    last = small.getpixel((small.width - 1, small.height - 1))
    return (
        # libjpeg fills with it what it ran out of data for
        last in _MIDDLE_GRAYS
        or structure.doubt is not None
        or data.find(_LOST_BLOCK, structure.scan_start, structure.scan_end) >= 0
    )


READER = Reader(re.compile(rb"\xff\xd8\xff"), decode)
