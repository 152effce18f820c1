"""The structure of a TIFF file (TIFF 6.0, BigTIFF): its directories, without decoding a strip."""

from __future__ import annotations

import re
import struct

from PIL import ImageFile, TiffImagePlugin, TiffTags

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader

from .tiff_directory import Entry, TiffFile

_SUBFILE, _WIDTH, _LENGTH, _BITS, _COMPRESSION = 254, 256, 257, 258, 259
_STRIP_OFFSETS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES = 273, 277, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_DNG_VERSION = 50706
_UNCOMPRESSED = 1
_ONE_OF_MANY_BYTES = (1, 2, 7)  # byte, text and undefined: all their bytes are one value
_PREVIEW_OR_MASK = 0b101
_MAX_DIRECTORIES = 1000


class _StoredTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF as it is stored.

    Pillow's own class rotates the whole picture in memory, reads every directory that the metadata
    point to (where a crafted file lets it read the same bytes thousands of times), and warns of
    sizes that `InspectionLimits` has let through.
    """

    def _open(self) -> None:
        super()._open()
        self._size = self._tile_size

    def load_prepare(self) -> None:
        self._size = self._tile_size
        ImageFile.ImageFile.load_prepare(self)

    def load_end(self) -> None:
        pass


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a TIFF.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    return decode_whole(data, read_container(data, limits), _StoredTiff, limits)


def read_container(data: bytes, limits: InspectionLimits) -> Container:
    """Walk over the directories of a TIFF and weigh what decoding its picture costs.

    Raises:
        Rejected: it is cut off or malformed, a camera's raw file, or beyond a limit.
    """
    try:
        return _read(TiffFile.of(data), limits)
    except (struct.error, ValueError, OverflowError) as error:
        raise Rejected(RejectionKind.DAMAGED, f"the TIFF is cut off or damaged: {error}") from error


def _read(tiff: TiffFile, limits: InspectionLimits) -> Container:
    entries, following, has_repeated_tags = tiff.directory(tiff.first)
    if has_repeated_tags:
        raise Rejected(RejectionKind.DAMAGED, "the TIFF is malformed: a tag stands twice in its directory")
    if _DNG_VERSION in entries:
        raise Rejected(RejectionKind.UNSUPPORTED_FORMAT, "camera raw files (DNG) are not supported")
    _check_tags(tiff, entries)
    width, height = _one(tiff, entries, _WIDTH), _one(tiff, entries, _LENGTH)
    limits.check_size(width, height)
    return Container(
        pictures=1 + _further_pages(tiff, following),
        orientation=tiff.orientation(entries),
        extra_bytes=_segment_bytes(tiff, entries, width, height, limits),
        doubt=_cut_off(tiff, entries),
    )


def _check_tags(tiff: TiffFile, entries: dict[int, Entry]) -> None:
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


def _one(tiff: TiffFile, entries: dict[int, Entry], tag: int, default: int = 0) -> int:
    """The first value of an integer tag."""
    values = tiff.integers(entries.get(tag))
    return values[0] if values else default


def _further_pages(tiff: TiffFile, offset: int) -> int:
    """Pages after the first; previews and masks of a page are none."""
    pages = 0
    seen = {tiff.first}
    while offset and offset not in seen:
        if len(seen) == _MAX_DIRECTORIES:
            raise Rejected(
                RejectionKind.SEVERAL_PICTURES,
                f"it holds more than {_MAX_DIRECTORIES} pages; only one is taken",
            )
        seen.add(offset)
        entries, offset, _ = tiff.directory(offset)
        pages += not _one(tiff, entries, _SUBFILE) & _PREVIEW_OR_MASK
    return pages


def _segment_bytes(
    tiff: TiffFile, entries: dict[int, Entry], width: int, height: int, limits: InspectionLimits
) -> int:
    """Bytes of the largest strip or tile, which the decoder unpacks beside the picture."""
    if _TILE_WIDTH in entries:
        across, down = _one(tiff, entries, _TILE_WIDTH), _one(tiff, entries, _TILE_LENGTH)
        if across < 1 or down < 1:
            raise Rejected(RejectionKind.DAMAGED, "the TIFF is malformed: its tiles have no pixels")
        # all of a tile is unpacked, also what lies outside the picture
        limits.check_size(-(-width // across) * across, -(-height // down) * down)
    else:
        across, down = width, min(_one(tiff, entries, _STRIP_ROWS, height) or height, height)
    if _one(tiff, entries, _COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED:
        return 0
    bits = max(tiff.integers(entries.get(_BITS)) or (1,)) * _one(tiff, entries, _SAMPLES, 1)
    # and one byte more, for pictures that libtiff turns into RGBA
    return across * down * (-(-bits // 8) + 1)


def _cut_off(tiff: TiffFile, entries: dict[int, Entry]) -> str | None:
    """Whether the strips or tiles claim to reach beyond the end of the file."""
    starts = tiff.integers(entries.get(_STRIP_OFFSETS) or entries.get(_TILE_OFFSETS))
    sizes = tiff.integers(entries.get(_STRIP_BYTES) or entries.get(_TILE_BYTES))
    end = max(map(sum, zip(starts, sizes, strict=False)), default=0)
    return "the file is shorter than its strips claim" if end > len(tiff.data) else None


READER = Reader(re.compile(rb"II[*+]\0|MM\0[*+]"), decode)
