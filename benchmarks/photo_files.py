"""The photos that benchmarks send: seeded, photo-like, and each with bytes of its own."""

from __future__ import annotations

import struct
from functools import cache

from testing.photos import photo_jpeg

PHOTO_SIZE = (2560, 1876)
"""Pixels of a photo."""
HALF_MEGABYTE = 78
"""The JPEG quality at which such a photo has about 0.5 MB."""


def photos(count: int, *, motifs: int = 16, quality: int = HALF_MEGABYTE) -> list[bytes]:
    """`count` JPEGs, no two alike: a comment tells those of one motif apart."""
    return [_with_comment(_motif(n % motifs, quality), f"photo {n}") for n in range(count)]


@cache
def _motif(seed: int, quality: int) -> bytes:
    return photo_jpeg(seed, *PHOTO_SIZE, quality=quality)


def _with_comment(jpeg: bytes, comment: str) -> bytes:
    """Insert a comment segment right behind the start of the image."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + jpeg[2:]
