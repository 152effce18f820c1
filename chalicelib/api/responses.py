"""How a success travels: as it is, compressed, or through the bucket when it is too large.

A function returns at most 6 MB. What is larger, compressed where the client takes that, goes to
`exports/`, and the client is sent there; `fetch`, `requests` and `curl -L` follow by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from chalice.app import HeadersType, Response
from isal import isal_zlib

from chalicelib.api.limits import MAX_BODY_BYTES, WORTH_COMPRESSING_BYTES

if TYPE_CHECKING:
    from chalicelib.services.exports import Exports

_GZIP_LEVEL = 1
"""Of ISA-L's three. Rows are mostly hashes: it takes a fifth of the time of zlib's level 1, and makes
them as small as zlib's level 6."""
_GZIP_WBITS = 31
"""The largest window, inside a gzip frame."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success before it is known how it will travel.

    A body that comes piece by piece is compressed piece by piece. `file_name` is what the body is
    called when it has to be fetched from the bucket.
    """

    body: bytes | Iterator[bytes]
    content_type: str
    file_name: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: msgspec.Struct, file_name: str) -> Reply:
    """A reply of this value as JSON."""
    return Reply(msgspec.json.encode(value), "application/json", file_name)


def redirect(url: str, status: int) -> Response:
    """Send the client elsewhere; where to is for this client alone."""
    return Response(b"", {"Location": url, "Cache-Control": "private, no-store"}, status)


def deliver(reply: Reply, accept_encoding: str, exports: Exports) -> Response:
    """Turn a reply into the response that this client can take.

    Raises:
        TransientFault: it is too large to return, and the bucket does not answer.
    """
    body, encoding = _encode(reply.body, accepts_gzip(accept_encoding))
    if len(body) > MAX_BODY_BYTES:
        url = exports.publish(
            body, file_name=reply.file_name, content_type=reply.content_type, content_encoding=encoding
        )
        return redirect(url, 303)
    headers: HeadersType = {"Content-Type": reply.content_type, "Vary": "Accept-Encoding", **reply.headers}
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, headers, reply.status)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an `Accept-Encoding` header admits gzip (RFC 9110, 12.5.3)."""
    weights = dict(_weighted_coding(item) for item in accept_encoding.split(","))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weighted_coding(item: str) -> tuple[str, float]:
    coding, _, parameter = item.lower().partition(";")
    weight = parameter.strip().removeprefix("q=") or "1"
    try:
        return coding.strip(), float(weight)
    except ValueError:
        return coding.strip(), 0.0


def _encode(body: bytes | Iterator[bytes], gzip: bool) -> tuple[bytes, str | None]:
    if isinstance(body, bytes):
        gzip = gzip and len(body) > WORTH_COMPRESSING_BYTES
        body = iter((body,))
    if not gzip:
        return b"".join(body), None
    compressor = isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WBITS)
    pieces = [compressor.compress(piece) for piece in body]
    return b"".join(pieces) + compressor.flush(), "gzip"
