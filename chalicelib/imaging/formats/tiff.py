"""TIFF files (TIFF 6.0, BigTIFF): which of their directories is the picture, and a file of nothing else.

Profiles, texts, IPTC, EXIF and previews are passed over: the decoder sees a directory of the tags that
say how the pixels are stored, whatever else stands in the file.
"""

from __future__ import annotations

import io
import re
import struct
from typing import NamedTuple

from PIL import ImageFile, TiffImagePlugin, TiffTags

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import PREVIEW_LONG_SIDE, Container, Picture, Reader
from chalicelib.imaging.pieces import Part, file_of

from .tiff_directory import Entries, TiffFile
from .tiff_pages import choose_picture

_WIDTH, _LENGTH, _BITS, _COMPRESSION = 256, 257, 258, 259
_STRIP_OFFSETS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES = 273, 277, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_PIXEL_TAGS = {
    *(_WIDTH, _LENGTH, _BITS, _SAMPLES, _COMPRESSION),
    *(_STRIP_OFFSETS, _STRIP_ROWS, _STRIP_BYTES, _TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTES),
    *(262, 266, 284, 292, 293, 317, 320),  # meaning of the numbers, order of bits, planes, fax, palette
    *(332, 334, 338, 339, 347),  # inks, alpha, kind of numbers, JPEG tables
    *range(512, 522),  # JPEG as it was first laid down
    *range(529, 533),  # YCbCr, black and white
}
"""The tags that say how pixels are stored; no decoder is shown another."""
_UNCOMPRESSED = 1
_ONE_OF_MANY_BYTES = (1, 2, 7)  # byte, text and undefined: all their bytes are one value


class _StoredTiff(TiffImagePlugin.TiffImageFile):
    """Pillow's reader without its look at further directories, and its warning of large sizes."""

    def load_prepare(self) -> None:
        self._size = self._tile_size
        ImageFile.ImageFile.load_prepare(self)

    def load_end(self) -> None:
        pass


class Structure(NamedTuple):
    """What the directories tell, and the parts of a TIFF that holds nothing but the picture."""

    container: Container
    parts: list[Part]
    is_compressed: bool


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a TIFF.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = read_structure(data, limits)
    # libtiff wants compressed files in one piece
    is_joined = structure.is_compressed and structure.container.pictures == 1
    file = io.BytesIO(b"".join(structure.parts)) if is_joined else file_of(structure.parts)
    return decode_whole(file, structure.container, _StoredTiff, limits, PREVIEW_LONG_SIDE)


def read_structure(data: bytes, limits: InspectionLimits) -> Structure:
    """Walk over the directories of a TIFF and weigh what decoding its picture costs.

    Raises:
        Rejected: it is cut off or malformed, a camera's raw file, or beyond a limit.
    """
    try:
        return _read(TiffFile.of(data), limits)
    except (struct.error, ValueError, OverflowError) as error:
        raise Rejected(
            RejectionKind.DAMAGED,
            "the TIFF is cut off or damaged: what says where its pixels lie is not there",
        ) from error


def _read(tiff: TiffFile, limits: InspectionLimits) -> Structure:
    chosen = choose_picture(tiff)
    pixel_tags = {tag: entry for tag, entry in chosen.directory.entries.items() if tag in _PIXEL_TAGS}
    _check_tags(tiff, pixel_tags)
    width, height = tiff.one(pixel_tags, _WIDTH), tiff.one(pixel_tags, _LENGTH)
    limits.check_size(width, height)
    is_compressed = tiff.one(pixel_tags, _COMPRESSION, _UNCOMPRESSED) != _UNCOMPRESSED
    segment = _segment_pixels(tiff, pixel_tags, (width, height), limits)
    container = Container(
        pictures=chosen.pages,
        orientation=tiff.orientation(chosen.directory.entries),
        extra_bytes=segment * _bytes_per_pixel(tiff, pixel_tags) if is_compressed else 0,
        doubt=_cut_off(tiff, pixel_tags) or chosen.doubt,
    )
    return Structure(container, tiff.only(chosen.directory, pixel_tags), is_compressed)


def _check_tags(tiff: TiffFile, entries: Entries) -> None:
    """Refuse tags that cannot be true, before Pillow reads them all and warns of each."""
    # tags that share their bytes make a small file expand without bound
    if sum(entry.size for entry in entries.values()) > len(tiff.data):
        raise Rejected(
            RejectionKind.DAMAGED, "the TIFF is malformed: its tags claim more bytes than the file has"
        )
    for tag, entry in entries.items():
        if entry.position + entry.size > len(tiff.data):
            raise Rejected(
                RejectionKind.DAMAGED, f"the TIFF is cut off: the values of tag {tag} lie behind its end"
            )
        if entry.values > 1 and entry.type not in _ONE_OF_MANY_BYTES and TiffTags.lookup(tag).length == 1:
            raise Rejected(
                RejectionKind.DAMAGED,
                f"the TIFF is malformed: tag {tag} has {entry.values} values instead of one",
            )


def _segment_pixels(tiff: TiffFile, entries: Entries, size: tuple[int, int], limits: InspectionLimits) -> int:
    """Pixels of the largest strip or tile, which the decoder unpacks beside the picture."""
    width, height = size
    if _TILE_WIDTH not in entries:
        return width * min(tiff.one(entries, _STRIP_ROWS, height) or height, height)
    across, down = tiff.one(entries, _TILE_WIDTH), tiff.one(entries, _TILE_LENGTH)
    if across < 1 or down < 1:
        raise Rejected(RejectionKind.DAMAGED, "the TIFF is malformed: its tiles have no pixels")
    # all of a tile is unpacked, also what lies outside the picture
    limits.check_size(-(-width // across) * across, -(-height // down) * down)
    return across * down


def _bytes_per_pixel(tiff: TiffFile, entries: Entries) -> int:
    bits = max(tiff.integers(entries.get(_BITS)) or (1,)) * tiff.one(entries, _SAMPLES, 1)
    # and one byte more, for pictures that libtiff turns into RGBA
    return -(-bits // 8) + 1


def _cut_off(tiff: TiffFile, entries: Entries) -> str | None:
    """Whether the strips or tiles claim to reach beyond the end of the file."""
    starts = tiff.integers(entries.get(_STRIP_OFFSETS) or entries.get(_TILE_OFFSETS))
    sizes = tiff.integers(entries.get(_STRIP_BYTES) or entries.get(_TILE_BYTES))
    end = max(map(sum, zip(starts, sizes, strict=False)), default=0)
    return "the file is shorter than its strips claim" if end > len(tiff.data) else None


READER = Reader(re.compile(rb"II[*+]\0|MM\0[*+]"), decode)
