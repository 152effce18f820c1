"""The size that a video coder's own header declares, which decides what its decoder allocates.

HEVC: ITU-T H.265, 7.3.2.2. AV1: the bitstream specification, 5.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

_SEQUENCE_SET = 33
_HEVC_ARRAYS = 22
_SEQUENCE_HEADER = 1
_MAX_UNITS = 10_000

Size = tuple[int, int]


class _Bits:
    """Takes numbers from bits, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> int:
        """The number in the next `count` bits."""
        begin, self._at = self._at, self._at + count
        if self._at > 8 * len(self._data):
            raise struct.error("a header is cut off")
        part = int.from_bytes(self._data[begin // 8 : -(-self._at // 8)])
        return part >> (-self._at % 8) & ((1 << count) - 1)

    def exponential(self) -> int:
        """The next number in Exp-Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise struct.error("a header is malformed")
        return (1 << zeros) - 1 + self.take(zeros)


def hevc_sizes(configuration: bytes, content: bytes) -> list[Size]:
    """The sizes that the sequence parameter sets of an `hvcC` box declare.

    Raises:
        Rejected: there is none, or the picture's own bytes hold another.
        struct.error: a set is cut off.
    """
    sizes = [_hevc_size(unit) for unit in _parameter_sets(configuration)]
    if not sizes or any(kind == _SEQUENCE_SET for kind in _unit_kinds(content, configuration[21] & 3)):
        raise Rejected(RejectionKind.DAMAGED, "its picture's header is not where it belongs")
    return sizes


def _parameter_sets(configuration: bytes) -> Iterator[bytes]:
    position = _HEVC_ARRAYS + 1
    for _ in range(configuration[_HEVC_ARRAYS]):
        kind, count = struct.unpack_from(">BH", configuration, position)
        position += 3
        for _ in range(count):
            (length,) = struct.unpack_from(">H", configuration, position)
            if kind & 63 == _SEQUENCE_SET:
                yield configuration[position + 2 : position + 2 + length]
            position += 2 + length


def _unit_kinds(content: bytes, size_of_length: int) -> Iterator[int]:
    position, size = 0, size_of_length + 1
    for _ in range(_MAX_UNITS):
        if position + size >= len(content):
            return
        length = int.from_bytes(content[position : position + size])
        yield content[position + size] >> 1 & 63
        position += size + length
    raise Rejected(RejectionKind.TOO_COSTLY, f"its picture is split into more than {_MAX_UNITS} pieces")


def _hevc_size(unit: bytes) -> Size:
    bits = _Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 88 + 8)  # nesting, general profile, level
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile)
        bits.take(8 * level)
    bits.exponential()
    if bits.exponential() == 3:  # 4:4:4
        bits.take(1)
    return bits.exponential(), bits.exponential()


def av1_sizes(configuration: bytes, content: bytes) -> list[Size]:
    """The sizes that the sequence headers of an `av1C` box and of the picture's own bytes declare.

    Raises:
        Rejected: there is none.
        struct.error: a header is cut off.
    """
    sizes = [_av1_size(unit) for data in (configuration[4:], content) for unit in _sequence_headers(data)]
    if not sizes:
        raise Rejected(RejectionKind.DAMAGED, "its picture has no header")
    return sizes


def _sequence_headers(data: bytes) -> Iterator[bytes]:
    position = 0
    for _ in range(_MAX_UNITS):
        if position >= len(data):
            return
        head = data[position]
        position += 2 if head & 4 else 1
        length, position = _length(data, position) if head & 2 else (len(data) - position, position)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            yield data[position : position + length]
        position += length
    raise Rejected(RejectionKind.TOO_COSTLY, f"its picture is split into more than {_MAX_UNITS} pieces")


def _length(data: bytes, position: int) -> tuple[int, int]:
    """A number in LEB128, and where it ends."""
    value = 0
    for index in range(8):
        byte = data[position + index]
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, position + index + 1
    raise struct.error("a length is malformed")


def _av1_size(unit: bytes) -> Size:
    bits = _Bits(unit)
    bits.take(3 + 1)
    if bits.take(1):  # the short header of a still picture
        bits.take(5)
    else:
        _pass_operating_points(bits, *_timing(bits))
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _timing(bits: _Bits) -> tuple[bool, int]:
    """Whether a decoder's model is described, and the length of its delays in bits."""
    if not bits.take(1):
        return False, 0
    bits.take(64)
    if bits.take(1):
        bits.exponential()
    if not bits.take(1):
        return False, 0
    delay = bits.take(5) + 1
    bits.take(32 + 5 + 5)
    return True, delay


def _pass_operating_points(bits: _Bits, has_model: bool, delay: int) -> None:
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if has_model and bits.take(1):
            bits.take(2 * delay + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)
