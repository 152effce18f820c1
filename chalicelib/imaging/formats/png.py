"""The structure of a PNG file (W3C PNG, third edition): its chunks, without inflating any."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from PIL import PngImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader

from .tiff_directory import exif_orientation

_SIGNATURE_LENGTH = 8
_CHECKSUM_LENGTH = 4
# Each metadata chunk may inflate to a megabyte in Pillow, and each costs a Python call.
_MAX_METADATA_CHUNKS = 256
# Encoders write chunks of 8 KB and more; a file of empty ones only costs time.
_USUAL_DATA_BYTES = 512


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a PNG.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    return decode_whole(data, read_container(data, limits), PngImagePlugin.PngImageFile, limits)


def read_container(data: bytes, limits: InspectionLimits) -> Container:
    """Walk over the chunks of a PNG.

    Raises:
        Rejected: it is cut off, or has more chunks than a picture needs.
    """
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise Rejected(RejectionKind.DAMAGED, "the PNG is cut off or damaged: it has no header chunk")
    limits.check_size(*struct.unpack_from(">II", data, 16))
    pictures, orientation, metadata, pixel_chunks = 1, 1, 0, 0
    for kind, start, end in _chunks(data):
        if kind == b"IDAT":
            pixel_chunks += 1
            continue
        metadata += 1
        if kind == b"acTL":
            pictures = int.from_bytes(data[start : start + 4])
        elif kind == b"eXIf":
            orientation = exif_orientation(data[start:end])
    if pictures == 1 and metadata > _MAX_METADATA_CHUNKS:
        raise Rejected(
            RejectionKind.TOO_COSTLY, f"the PNG has more than {_MAX_METADATA_CHUNKS} chunks beside its pixels"
        )
    if pixel_chunks > 100 + len(data) // _USUAL_DATA_BYTES:
        raise Rejected(RejectionKind.TOO_COSTLY, f"the PNG splits its pixels into {pixel_chunks} chunks")
    return Container(pictures, orientation)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the data of each chunk; Rejected where the file ends before the last."""
    position = _SIGNATURE_LENGTH
    kind = b""
    while kind != b"IEND":
        kind = data[position + 4 : position + 8]
        start = position + 8
        end = start + int.from_bytes(data[position : position + 4])
        position = end + _CHECKSUM_LENGTH
        if position > len(data):
            raise Rejected(RejectionKind.DAMAGED, "the PNG is cut off: it ends before its last chunk does")
        yield kind, start, end


READER = Reader(re.compile(rb"\x89PNG\r\n\x1a\n"), decode)
