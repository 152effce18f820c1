"""The structure of a WebP file (RFC 9649): its RIFF chunks, without decoding any."""

from __future__ import annotations

import re

from PIL import WebPImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader

from .tiff_directory import exif_orientation

_FIRST_CHUNK = 12
_MAX_CHUNKS = 10_000
# Pillow's decoder keeps two canvases, and hands the picture over in a third buffer.
_DECODER_BYTES_PER_PIXEL = 12


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a WebP.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    return decode_whole(data, read_container(data, limits), WebPImagePlugin.WebPImageFile, limits)


def read_container(data: bytes, limits: InspectionLimits) -> Container:
    """Walk over the chunks of a WebP and count its frames.

    Raises:
        Rejected: it is cut off, malformed or beyond a limit.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Rejected(RejectionKind.DAMAGED, f"the WebP is cut off: {len(data)} of {end} bytes are there")
    width, height = _size(data)
    limits.check_size(width, height)
    position, frames, orientation = _FIRST_CHUNK, 0, 1
    for _ in range(_MAX_CHUNKS):
        if position + 8 > end:
            break
        kind = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            orientation = exif_orientation(data[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    else:
        raise Rejected(RejectionKind.TOO_COSTLY, f"the WebP has more than {_MAX_CHUNKS} chunks")
    return Container(max(frames, 1), orientation, extra_bytes=width * height * _DECODER_BYTES_PER_PIXEL)


def _size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the first chunk: extended, lossless or lossy."""
    kind, body = data[12:16], data[20:30]
    if len(body) == 10 and kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if len(body) == 10 and kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(body) == 10 and kind == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise Rejected(RejectionKind.DAMAGED, "the WebP is cut off or damaged: it has no picture header")


READER = Reader(re.compile(rb"RIFF.{4}WEBP", re.DOTALL), decode)
