"""User metadata in S3: any text out of what a header can carry.

S3 keeps ASCII and answers with RFC 2047 encoded words where a client sent more; other stores send
the raw UTF-8 bytes back. What we write is an encoded word unless it is plain, so that every client
reads a plain value as it is, and every value comes back as it was given. Amazon takes 2 KB in all.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header

_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""Printable ASCII without a space at either end, which HTTP would strip."""
_ENCODED_WORD = "=?"


def encode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as S3 can carry it. Keys must be ASCII tokens; they come back in lower case."""
    return {key: _encode(value) for key, value in metadata.items()}


def decode_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """What `encode_metadata` or another client's software was given."""
    return {key.lower(): _decode(value) for key, value in metadata.items()}


def _encode(text: str) -> str:
    if _PLAIN.fullmatch(text) and _ENCODED_WORD not in text:
        return text
    return f"=?UTF-8?B?{b64encode(text.encode()).decode()}?="


def _decode(header: str) -> str:
    try:
        if _ENCODED_WORD in header:
            return str(make_header(decode_header(header)))
        # http.client reads header bytes as Latin-1, whatever they were
        return header.encode("latin-1").decode()
    except (ValueError, LookupError, HeaderParseError):
        return header
