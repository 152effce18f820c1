"""How much a file's compressed texts and profiles unpack to, without keeping any of it."""

from __future__ import annotations

import zlib
from contextlib import suppress

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

MAX_INFLATED_BYTES = 50_000_000
"""Of all texts and profiles of a file; the largest profiles known have a few megabytes."""
_STEP = 1 << 16


class InflationMeter:
    """Bounds what hostile metadata unpack to, for whoever reads the file after us."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._total = 0

    def add(self, kind: bytes, start: int, end: int) -> None:
        """Measure what a chunk of a text or profile unpacks to; one that is damaged, up to there.

        Raises:
            Rejected: all that were added unpack to more than `MAX_INFLATED_BYTES`.
        """
        begin = self._stream_begin(kind, start, end)
        stream = zlib.decompressobj()
        with suppress(zlib.error):
            for step in range(begin, end, _STEP) if begin else ():
                self._inflate(stream, self._data[step : min(step + _STEP, end)])

    def _inflate(self, stream: zlib._Decompress, packed: bytes) -> None:
        while packed and not stream.eof:
            self._total += len(stream.decompress(packed, _STEP))
            packed = stream.unconsumed_tail
            if self._total > MAX_INFLATED_BYTES:
                raise Rejected(
                    RejectionKind.TOO_COSTLY,
                    "texts and profiles in the PNG unpack to more than 50 MB; save the picture without them",
                )

    def _stream_begin(self, kind: bytes, start: int, end: int) -> int:
        """Where a chunk's zlib stream begins; 0 if it has none."""
        keyword_end = self._data.find(0, start, end)
        if keyword_end < 0:
            return 0
        if kind != b"iTXt":
            return keyword_end + 2
        language_end = self._data.find(0, keyword_end + 3, end)
        keyword_end_in_that_language = self._data.find(0, language_end + 1, end)
        is_compressed = self._data[keyword_end + 1 : keyword_end + 2] == b"\1"
        if not is_compressed or min(language_end, keyword_end_in_that_language) < 0:
            return 0
        return keyword_end_in_that_language + 1
