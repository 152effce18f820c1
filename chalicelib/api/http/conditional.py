"""What a client already has, and which part it wants (RFC 9110, 13 and 14), of bytes that never change."""

from __future__ import annotations

import re

from chalicelib.api.http.errors import RangeNotSatisfiable
from chalicelib.domain.stored_files import ByteRange

_ETAGS = re.compile(r'(?:W/)?("[^"]*")')
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Whether `If-None-Match` names this ETag, so that the client needs no bytes."""
    return if_none_match.strip() == "*" or etag in _ETAGS.findall(if_none_match)


def asked_range(range_: str, if_range: str, etag: str, size: int) -> ByteRange | None:
    """The part that `Range` asks for of a file of `size` bytes; None: all of it.

    All of it is also the answer to several ranges at once and to other units, which a server may
    overlook (14.2), and where `If-Range` names other bytes.

    Raises:
        RangeNotSatisfiable: the file has no such part.
    """
    asked = _ONE_RANGE.fullmatch(range_.strip())
    if asked is None or if_range.strip() not in ("", etag) or not any(asked.groups()):
        return None
    first, last = asked.groups()
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise RangeNotSatisfiable(size)
        return ByteRange(size - length, size - 1)
    if int(first) >= size:
        raise RangeNotSatisfiable(size)
    if last and int(last) < int(first):
        return None
    return ByteRange(int(first), min(int(last or size), size - 1))
