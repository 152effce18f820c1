"""How a success travels: as it is, compressed, or through the bucket when it is too large.

A function returns at most 6 MB. What is larger, compressed where the client takes that, goes to
`exports/`, and the client is sent there; `fetch`, `requests` and `curl -L` follow by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from chalice.app import HeadersType, Response

from chalicelib.api.http.compression import choose_coding, compress
from chalicelib.api.http.limits import MAX_BODY_BYTES, WORTH_COMPRESSING_BYTES

if TYPE_CHECKING:
    from chalicelib.services.large_replies import LargeReplies


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


def redirect(url: str, status: int, *, reusable_for: timedelta | None = None) -> Response:
    """Send the client elsewhere; where to is for this client alone, once or for a while."""
    kept = f"max-age={int(reusable_for.total_seconds())}" if reusable_for else "no-store"
    return Response(b"", {"Location": url, "Cache-Control": f"private, {kept}"}, status)


def deliver(reply: Reply, accept_encoding: str, large_replies: LargeReplies) -> Response:
    """Turn a reply into the response that this client can take.

    Raises:
        TransientFault: it is too large to return, and the bucket does not answer.
    """
    body, coding = _encode(reply.body, choose_coding(accept_encoding))
    if len(body) > MAX_BODY_BYTES:
        url = large_replies.publish(
            body, file_name=reply.file_name, content_type=reply.content_type, content_encoding=coding
        )
        return redirect(url, 303)
    headers: HeadersType = {"Content-Type": reply.content_type, "Vary": "Accept-Encoding", **reply.headers}
    if coding:
        headers["Content-Encoding"] = coding
    return Response(body, headers, reply.status)


def _encode(body: bytes | Iterator[bytes], coding: str | None) -> tuple[bytes, str | None]:
    if isinstance(body, bytes):
        if len(body) <= WORTH_COMPRESSING_BYTES:
            coding = None
        body = iter((body,))
    return (compress(body, coding) if coding else b"".join(body)), coding
