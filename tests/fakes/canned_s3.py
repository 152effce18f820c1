"""A boto3 client that gets a canned answer instead of sending one kind of request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class _RawBody:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@contextmanager
def refusing(client: S3Client, operation: str, status: int, code: str, message: str = "") -> Iterator[None]:
    """Answer every `operation` (`CopyObject`) with an HTTP status and an S3 error."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"

    def refuse(request: Any, **_: object) -> Any:
        return AWSResponse(request.url, status, {}, _RawBody(body.encode()))  # type: ignore[arg-type]

    with _handling(client, f"before-send.s3.{operation}", refuse):
        yield


@contextmanager
def failing(client: S3Client, operation: str, error: Exception) -> Iterator[None]:
    """Raise `error` wherever `operation` would be sent."""

    def fail(**_: object) -> None:
        raise error

    with _handling(client, f"before-send.s3.{operation}", fail):
        yield


@contextmanager
def _handling(client: S3Client, event: str, handler: Any) -> Iterator[None]:
    client.meta.events.register(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)
