"""PNG files (W3C PNG, third edition): their chunks, of which only those of the pixels are decoded.

As every viewer does, what stands beside the pixels is passed over: texts, profiles and EXIF of any size,
chunks with a wrong checksum, a missing end. Their compressed texts and profiles are measured, no more.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import PngImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader
from chalicelib.imaging.pieces import Part, file_of, joined

from .inflation import InflationMeter
from .tiff_directory import exif_orientation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 33
_COLOUR_TYPE = 25
_GRAY, _COLOUR, _PALETTE = 0, 2, 3
_END = b"\0\0\0\0IEND\xae\x42\x60\x82"
_CHECKSUM_LENGTH = 4
# A Python step each; no picture has as many.
_MAX_METADATA_CHUNKS = 10_000
# Encoders write chunks of 8 KB and more; a file of empty ones only costs time.
_USUAL_DATA_BYTES = 512
_COMPRESSED = (b"iCCP", b"zTXt", b"iTXt")
_APPLE = b"CgBI"


class Chunk(NamedTuple):
    """A chunk: its kind, and where its data begin and end."""

    kind: bytes
    start: int
    end: int


class Structure(NamedTuple):
    """What the chunks tell, and the parts of the file that hold the pixels."""

    container: Container
    parts: list[Part]


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a PNG.

    Raises:
        Rejected: it is cut off, beyond a limit, or has more chunks than a picture needs.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = read_structure(data, limits)
    return decode_whole(file_of(structure.parts), structure.container, PngImagePlugin.PngImageFile, limits)


def read_structure(data: bytes, limits: InspectionLimits) -> Structure:
    """Walk over the chunks of a PNG.

    Raises:
        Rejected: it is cut off, or has more chunks than a picture needs.
    """
    if len(data) < _HEADER_END or data[12:16] != b"IHDR":
        raise Rejected(RejectionKind.DAMAGED, "the PNG is cut off or damaged: it has no header chunk")
    limits.check_size(*struct.unpack_from(">II", data, 16))
    pixels: list[Chunk] = []
    beside = _BesideThePixels(data)
    kind = b""
    for chunk in _chunks(data):
        kind = chunk.kind
        if kind == b"IDAT":
            pixels.append(chunk)
        else:
            beside.add(chunk, has_pixels=bool(pixels))
    if len(pixels) > 100 + len(data) // _USUAL_DATA_BYTES:
        raise _too_many(f"its pixels split into {len(pixels)} chunks")
    if not pixels:
        raise Rejected(RejectionKind.DAMAGED, "the PNG is cut off: it ends before its picture begins")
    doubt = None if kind == b"IEND" else "the end marker is missing"
    spans = [(chunk.start - 8, chunk.end + _CHECKSUM_LENGTH) for chunk in (*beside.colours.values(), *pixels)]
    view = memoryview(data)
    parts: list[Part] = [view[begin:end] for begin, end in joined([(0, _HEADER_END), *spans])]
    return Structure(Container(beside.pictures, beside.orientation, doubt=doubt), [*parts, _END])


class _BesideThePixels:
    """What the other chunks tell: the colours, the orientation, and how many pictures there are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._meter = InflationMeter(data)
        self._frames = _Frames(data)
        self._chunks = 0
        self.orientation = 1
        self.colours: dict[bytes, Chunk] = {}

    def add(self, chunk: Chunk, *, has_pixels: bool) -> None:
        """Take note of a chunk; `has_pixels` says whether it stands behind the first pixels."""
        self._chunks += 1
        if self._chunks > _MAX_METADATA_CHUNKS:
            raise _too_many(f"more than {_MAX_METADATA_CHUNKS} chunks beside its pixels")
        if chunk.kind in _COMPRESSED:
            self._meter.add(*chunk)
        elif chunk.kind == b"eXIf":
            self.orientation = exif_orientation(self._data[chunk.start : chunk.end])
        elif not has_pixels and _belongs_to_the_pixels(self._data, chunk):
            self.colours.setdefault(chunk.kind, chunk)
        self._frames.add(chunk, has_pixels=has_pixels)

    @property
    def pictures(self) -> int:
        """How many pictures viewers would show."""
        return self._frames.pictures


def _too_many(what: str) -> Rejected:
    return Rejected(RejectionKind.TOO_COSTLY, f"the PNG has {what}: far more than a picture needs")


def _chunks(data: bytes) -> Iterator[Chunk]:
    """Each chunk up to the end marker; one that the file cuts off ends with the file."""
    position = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND" and position + 8 <= len(data):
        kind = data[position + 4 : position + 8]
        start = position + 8
        end = start + int.from_bytes(data[position : position + 4])
        position = end + _CHECKSUM_LENGTH
        if kind == _APPLE:
            raise Rejected(
                RejectionKind.UNSUPPORTED_PICTURE,
                "PNG files optimised for Apple's devices are not supported; send the original",
            )
        if position > len(data):
            # All pixels may be there all the same: the decoder tells.
            yield Chunk(kind if kind != b"IEND" else b"", start, min(end, len(data)))
            return
        yield Chunk(kind, start, end)


def _belongs_to_the_pixels(data: bytes, chunk: Chunk) -> bool:
    """Whether a chunk is a palette or a transparency that decoders are to apply."""
    kind, start, end = chunk
    colour_type = data[_COLOUR_TYPE]
    if kind == b"PLTE":
        return colour_type == _PALETTE
    if kind != b"tRNS":
        return False
    length = end - start
    fits = {_GRAY: length == 2, _COLOUR: length == 6, _PALETTE: 1 <= length <= 256}.get(colour_type, False)
    # As libpng: with a wrong checksum it is as if it were not there.
    return fits and _is_intact(data, chunk)


def _is_intact(data: bytes, chunk: Chunk) -> bool:
    _, start, end = chunk
    return zlib.crc32(data[start - 4 : end]) == int.from_bytes(data[end : end + _CHECKSUM_LENGTH])


class _Frames:
    """Counts the pictures of an animated PNG; a still one is what a broken animation is to a viewer."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._is_animated = self._begins_apart = False
        self._frames = 0

    def add(self, chunk: Chunk, *, has_pixels: bool) -> None:
        """Take note of a chunk; `has_pixels` says whether it stands behind the first pixels."""
        if chunk.kind == b"acTL":
            self._is_animated |= (
                not has_pixels and chunk.end - chunk.start == 8 and _is_intact(self._data, chunk)
            )
        elif chunk.kind == b"fcTL":
            self._begins_apart |= has_pixels and self._frames == 0
            self._frames += 1

    @property
    def pictures(self) -> int:
        """Frames, and the picture that stands outside the animation, if there is one."""
        return max(1, self._frames + self._begins_apart) if self._is_animated else 1


READER = Reader(re.compile(re.escape(_SIGNATURE)), decode)
