"""How replies are compressed: what a client takes, and which of it is best for rows of hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from backports.zstd import ZstdCompressor
from isal import isal_zlib

_ZSTD_LEVEL = 1
"""Hashes do not get smaller by searching longer: level 9 gives larger replies in ten times the time."""
_GZIP_LEVEL = 1
"""Of ISA-L's three. It takes a fifth of the time of zlib's level 1, and makes rows as small as zlib's
level 6."""
_GZIP_WBITS = 31
"""The largest window, inside a gzip frame."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


_CODINGS: dict[str, Callable[[], _Compressor]] = {
    "zstd": lambda: ZstdCompressor(_ZSTD_LEVEL),
    "gzip": lambda: isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WBITS),
}
"""By the names of RFC 9110 (gzip) and RFC 8878 (zstd), the better first."""


def choose_coding(accept_encoding: str) -> str | None:
    """The content coding that an `Accept-Encoding` header asks for (RFC 9110, 12.5.3).

    Returns:
        `zstd` or `gzip`, whichever weighs more, zstd if both weigh the same; None if neither is
        taken. A client that takes anything (`*`) gets gzip: who wrote that may not know zstd.
    """
    weights = dict(_weighted_coding(item) for item in accept_encoding.split(","))
    weights.setdefault("gzip", weights.get("*", 0.0))
    taken = [coding for coding in _CODINGS if weights.get(coding, 0.0) > 0]
    return max(taken, key=weights.__getitem__, default=None)


def compress(pieces: Iterator[bytes], coding: str) -> bytes:
    """The pieces as one compressed body; `coding` is one that `choose_coding` gives."""
    compressor = _CODINGS[coding]()
    return b"".join(map(compressor.compress, pieces)) + compressor.flush()


def _weighted_coding(item: str) -> tuple[str, float]:
    coding, _, parameter = item.lower().partition(";")
    weight = parameter.strip().removeprefix("q=") or "1"
    try:
        return coding.strip(), float(weight)
    except ValueError:
        return coding.strip(), 0.0
