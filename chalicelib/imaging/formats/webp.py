"""WebP files (RFC 9649): their RIFF chunks, of which only those of the pixels are decoded."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from PIL import WebPImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader
from chalicelib.imaging.pieces import Part

from .tiff_directory import exif_orientation

_FIRST_CHUNK = 12
_MAX_CHUNKS = 10_000
_PIXELS = (b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF")
_HEADS = (b"VP8X", b"VP8 ", b"VP8L")
_EXTENDED = b"VP8X"
_FLAGS_OF_THE_PIXELS = 0b0001_0010  # alpha and animation; the others announce profile, EXIF and XMP
# Pillow's decoder keeps two canvases, and hands the picture over in a third buffer.
_DECODER_BYTES_PER_PIXEL = 12


class Chunk(NamedTuple):
    """A chunk: its kind, and where its data begin and end, the padding left out."""

    kind: bytes
    start: int
    end: int


class Structure(NamedTuple):
    """What the chunks tell, and the parts of a file that holds nothing but the pixels."""

    container: Container
    parts: list[Part]


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a WebP.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = read_structure(data, limits)
    # Pillow reads it whole: a file that holds nothing else is not copied for that.
    is_bare = sum(map(len, structure.parts)) == len(data)
    file = io.BytesIO(data if is_bare else b"".join(structure.parts))
    return decode_whole(file, structure.container, WebPImagePlugin.WebPImageFile, limits)


def read_structure(data: bytes, limits: InspectionLimits) -> Structure:
    """Walk over the chunks of a WebP and count its frames.

    Raises:
        Rejected: it is cut off, malformed or beyond a limit.
    """
    claimed = 8 + int.from_bytes(data[4:8], "little")
    chunks = list(_chunks(data, min(claimed, len(data))))
    head = next((chunk for chunk in chunks if chunk.kind in _HEADS), None)
    if head is None:
        raise Rejected(RejectionKind.DAMAGED, "the WebP is cut off or damaged: it has no picture header")
    width, height = _size(head.kind, data[head.start : head.start + 10])
    limits.check_size(width, height)
    pixels = [chunk for chunk in chunks if chunk.kind in _PIXELS]
    if not pixels or pixels[-1].end > len(data):
        raise Rejected(
            RejectionKind.DAMAGED, f"the WebP is cut off: {len(data)} of {claimed} bytes are there"
        )
    exif = next((data[chunk.start : chunk.end] for chunk in chunks if chunk.kind == b"EXIF"), b"")
    container = Container(
        pictures=max(1, sum(chunk.kind == b"ANMF" for chunk in pixels)),
        orientation=exif_orientation(exif) if exif else 1,
        extra_bytes=width * height * _DECODER_BYTES_PER_PIXEL,
        doubt="the file is shorter than it claims" if claimed > len(data) else None,
    )
    return Structure(container, _stripped(data, head, pixels))


def _chunks(data: bytes, end: int) -> Iterator[Chunk]:
    position = _FIRST_CHUNK
    for _ in range(_MAX_CHUNKS):
        if position + 8 > end:
            return
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        yield Chunk(data[position : position + 4], position + 8, position + 8 + length)
        position += 8 + length + length % 2
    raise Rejected(RejectionKind.TOO_COSTLY, f"the WebP has more than {_MAX_CHUNKS} chunks")


def _stripped(data: bytes, head: Chunk, pixels: list[Chunk]) -> list[Part]:
    """The parts of a WebP of these chunks alone."""
    view = memoryview(data)
    parts: list[Part] = []
    if head.kind == _EXTENDED:
        parts.append(struct.pack("<4sIB", _EXTENDED, 10, data[head.start] & _FLAGS_OF_THE_PIXELS))
        parts.append(view[head.start + 1 : head.start + 10])
    for chunk in pixels:
        parts.append(view[chunk.start - 8 : chunk.end])
        parts.append(bytes((chunk.end - chunk.start) % 2))
    size = sum(map(len, parts))
    return [struct.pack("<4sI4s", b"RIFF", 4 + size, b"WEBP"), *parts]


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the first ten bytes of an extended, lossless or lossy header."""
    if len(body) == 10 and kind == _EXTENDED:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if len(body) == 10 and kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if len(body) == 10:
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise Rejected(RejectionKind.DAMAGED, "the WebP is cut off or damaged: it has no picture header")


READER = Reader(re.compile(rb"RIFF.{4}WEBP", re.DOTALL), decode)
