"""The structure of a JPEG file (ITU-T T.81, annex B): its markers, read without decoding a pixel.

A camera may append more pictures (MPO, gain maps) or anything else behind the first picture's
end; the first picture is the image, and what follows it is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.limits import InspectionLimits

_SOI_LENGTH = 2
_RST = range(0xD0, 0xD8)
_EOI, _SOS, _DQT, _DHT, _DRI = 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_APP0, _APP1, _APP14 = 0xE0, 0xE1, 0xEE
_HUFFMAN_FRAMES = (0xC0, 0xC1, 0xC2)
_ARITHMETIC_FRAMES = (0xC9, 0xCA)
_PROGRESSIVE_FRAMES = (0xC2, 0xCA)
_UNSUPPORTED_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}
# What a decoder needs; EXIF, ICC and comments are left out of what it is given, for Pillow would
# parse them, and a crafted EXIF directory makes that cost hundreds of megabytes.
_DECODER_SEGMENTS = {_DQT, _DHT, _DRI, _SOS, *_HUFFMAN_FRAMES, *_ARITHMETIC_FRAMES}
# These two say what the colours mean; a shorter one says nothing to libjpeg.
_JFIF, _JFIF_LENGTH = b"JFIF\0", 14
_ADOBE, _ADOBE_LENGTH = b"Adobe", 12
_MAX_SEGMENTS = 20_000

_HEADER_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
# Inside a scan 0xFF is followed by a zero (stuffing) or belongs to a restart marker.
_SCAN_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_RESTART_MARKER = re.compile(rb"\xff([\xd0-\xd7])")
_COEFFICIENT_BLOCK = 64 * 2
_NO_END = "the end marker is missing"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame header: width and height in pixels, sampling factors (across, down) by component."""

    progressive: bool
    arithmetic: bool
    width: int
    height: int
    sampling: tuple[tuple[int, int], ...]

    @property
    def coefficient_bytes(self) -> int:
        """Bytes that a decoder of several scans keeps: 64 coefficients of 16 bit for each block."""
        widest = max(across for across, _ in self.sampling)
        tallest = max(down for _, down in self.sampling)
        columns = -(-self.width // (8 * widest))
        rows = -(-self.height // (8 * tallest))
        return sum(columns * across * rows * down for across, down in self.sampling) * _COEFFICIENT_BLOCK


@dataclass(frozen=True, slots=True)
class JpegStructure:
    """Where the parts of a JPEG lie.

    `header` holds the segments that a decoder needs, up to the first scan's data, which begins at
    `scan_start`; `scan_end` is behind the end marker, or where the file ends if there is none.
    `doubt` says what about the markers is not as it should be, `is_complete` whether the scans bear all
    of a progressive picture's detail.
    """

    frame: Frame
    header: bytes
    scan_start: int
    scan_end: int
    scans: int
    exif: bytes
    has_end: bool
    is_complete: bool
    doubt: str | None

    @property
    def is_single_scan(self) -> bool:
        """Whether the decoder can work row by row, without keeping all coefficients."""
        return self.scans == 1 and not self.frame.progressive


def read_structure(data: bytes, limits: InspectionLimits) -> JpegStructure:
    """Find the parts of a JPEG and refuse what costs too much.

    Raises:
        Rejected: there is no picture in it, its kind of JPEG is not supported, or it is beyond a limit.
    """
    kept = [data[:_SOI_LENGTH]]
    frame: Frame | None = None
    exif = b""
    start = 0
    has_restarts = False
    for marker, begin, end in _header_segments(data):
        body = data[begin + 4 : end]
        if _is_for_the_decoder(marker, body):
            kept.append(data[begin:end])
        if marker in (*_HUFFMAN_FRAMES, *_ARITHMETIC_FRAMES, *_UNSUPPORTED_FRAMES):
            frame = _read_frame(marker, body)
            limits.check_size(frame.width, frame.height)
        elif marker == _APP1 and not exif and body.startswith(b"Exif\0\0"):
            exif = body
        has_restarts |= marker == _DRI
        start = end
    if frame is None:
        raise Rejected(RejectionKind.DAMAGED, "the JPEG is cut off or damaged: it has no frame header")
    found = _read_scans(data, start)
    doubt = found.doubt
    if not doubt and has_restarts and not _restarts_in_order(data, start, found.end):
        doubt = "restart markers are out of order"
    limits.check_scans(frame.width * frame.height, len(found.headers) + 1)
    is_complete = not frame.progressive or _bears_all_detail([_last_header(kept), *found.headers])
    structure = JpegStructure(
        frame,
        b"".join(kept),
        start,
        found.end,
        len(found.headers) + 1,
        exif,
        found.has_end,
        is_complete,
        doubt,
    )
    if not structure.is_single_scan:
        limits.check_memory(frame.coefficient_bytes)
    return structure


def _header_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of each segment up to and with the first scan's header."""
    position = _SOI_LENGTH
    for _ in range(_MAX_SEGMENTS):
        found = _HEADER_MARKER.search(data, position)
        if found is None:
            raise Rejected(RejectionKind.DAMAGED, "the JPEG is cut off: it ends before its picture begins")
        marker, begin = found[1][0], found.end() - 2
        if marker == _EOI:
            raise Rejected(RejectionKind.DAMAGED, "the JPEG ends before its picture begins")
        position = _segment_end(data, begin)
        yield marker, begin, position
        if marker == _SOS:
            return
    raise Rejected(
        RejectionKind.TOO_COSTLY, f"the JPEG has more than {_MAX_SEGMENTS} segments before its picture"
    )


def _is_for_the_decoder(marker: int, body: bytes) -> bool:
    """Whether pixels depend on a segment."""
    if marker == _APP0:
        return body.startswith(_JFIF) and len(body) >= _JFIF_LENGTH
    if marker == _APP14:
        return body.startswith(_ADOBE) and len(body) >= _ADOBE_LENGTH
    return marker in _DECODER_SEGMENTS


def _segment_end(data: bytes, begin: int) -> int:
    """Where the segment whose marker stands at `begin` ends."""
    marker = data[begin + 1]
    if marker in _RST or marker in (0x01, 0xD8):  # stand alone, without a length
        return begin + 2
    length = int.from_bytes(data[begin + 2 : begin + 4])
    if length < 2 or begin + 2 + length > len(data):
        raise Rejected(
            RejectionKind.DAMAGED, "the JPEG is cut off or damaged: a segment does not fit into the file"
        )
    return begin + 2 + length


def _read_frame(marker: int, body: bytes) -> Frame:
    if marker in _UNSUPPORTED_FRAMES:
        raise Rejected(
            RejectionKind.UNSUPPORTED_PICTURE, "lossless and hierarchical JPEG files are not supported"
        )
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        raise Rejected(RejectionKind.DAMAGED, "the JPEG is damaged: its frame header is too short")
    if body[0] != 8:
        raise Rejected(
            RejectionKind.UNSUPPORTED_PICTURE,
            f"JPEG files of {body[0]} bits a sample are not supported, only of 8",
        )
    height, width, components = int.from_bytes(body[1:3]), int.from_bytes(body[3:5]), body[5]
    sampling = tuple((body[7 + 3 * i] >> 4, body[7 + 3 * i] & 15) for i in range(components))
    if not sampling or any(not 1 <= factor <= 4 for pair in sampling for factor in pair):
        raise Rejected(RejectionKind.DAMAGED, "the JPEG is damaged: its sampling factors are out of range")
    return Frame(marker in _PROGRESSIVE_FRAMES, marker in _ARITHMETIC_FRAMES, width, height, sampling)


class _Scans(NamedTuple):
    """The headers of the scans behind the first, where the picture ends, and what is odd in between."""

    headers: list[bytes]
    end: int
    has_end: bool
    doubt: str | None


def _read_scans(data: bytes, start: int) -> _Scans:
    """Walk over the markers behind the first scan's header, which ends at `start`."""
    headers: list[bytes] = []
    position, doubt = start, None
    for _ in range(_MAX_SEGMENTS):
        found = _SCAN_MARKER.search(data, position)
        if found is None:
            return _Scans(headers, len(data), False, _NO_END)
        marker, begin = found[1][0], found.start()
        if marker == _EOI:
            return _Scans(headers, found.end(), True, doubt)
        if marker in (_SOS, _DHT, _DQT, _DRI, 0xDC, 0xFE) or marker & 0xF0 == 0xE0:
            position = begin + 2 + int.from_bytes(data[begin + 2 : begin + 4])
            if not begin + 4 <= position <= len(data):
                return _Scans(headers, begin, False, _NO_END)
            if marker == _SOS:
                headers.append(data[begin + 4 : position])
        else:
            doubt = f"marker {marker:02x} does not belong inside a picture"
            position = found.end()
    raise Rejected(
        RejectionKind.TOO_COSTLY, f"the JPEG has more than {_MAX_SEGMENTS} segments inside its picture"
    )


def _last_header(kept: list[bytes]) -> bytes:
    """The first scan's header, without marker and length: the last segment before the scan's data."""
    return kept[-1][4:]


def _bears_all_detail(headers: list[bytes]) -> bool:
    """Whether the scans of a progressive picture bring each component's 64 coefficients to their last bit."""
    missing: dict[int, set[int]] = {}
    for header in headers:
        count = header[0] if header else 0
        if len(header) < 4 + 2 * count:
            return False
        first, last, bits = header[1 + 2 * count : 4 + 2 * count]
        for component in header[1 : 1 + 2 * count : 2]:
            coefficients = missing.setdefault(component, set(range(64)))
            if bits & 15 == 0:
                coefficients.difference_update(range(first, last + 1))
    return not any(missing.values())


def _restarts_in_order(data: bytes, start: int, end: int) -> bool:
    """Restart markers count from 0 to 7 round and round, from 0 in each scan; a gap means lost data."""
    expected = 0
    for found in _RESTART_MARKER.finditer(data, start, end):
        number = found[1][0] & 7
        if number not in (expected, 0):
            return False
        expected = (number + 1) % 8
    return True
