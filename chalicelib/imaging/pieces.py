"""Files of which a decoder sees only some parts, without a copy of those.

A decoder is given what the pixels need. Profiles, texts, EXIF, previews and whatever else a file bears
are none of its business: read by nobody, they can neither refuse a picture nor cost memory.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

Part = bytes | memoryview


def file_of(parts: Iterable[Part]) -> io.BufferedReader:
    """A file to be read that consists of these parts, one behind the other."""
    return io.BufferedReader(_Pieces([memoryview(part) for part in parts]), _BUFFER)


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Begin and end of each span in order, those that touch made one."""
    whole: list[tuple[int, int]] = []
    for begin, end in spans:
        if whole and whole[-1][1] == begin:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((begin, end))
    return whole


_BUFFER = 1 << 16


class _Pieces(io.RawIOBase):
    def __init__(self, parts: list[memoryview]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends = list(accumulate(map(len, self._parts)))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As much of one part as fits; 0 at the end."""
        number = bisect_right(self._ends, self._position)
        if number == len(self._parts):
            return 0
        part = self._parts[number]
        start = self._position - (self._ends[number] - len(part))
        taken = part[start : start + len(buffer)]
        buffer[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)

    @property
    def _size(self) -> int:
        return self._ends[-1] if self._ends else 0
