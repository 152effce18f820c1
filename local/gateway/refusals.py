"""What the gateway itself answers, without asking the function, in the contract's error body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from chalicelib.api.http import errors
from chalicelib.api.http.errors import error_body
from chalicelib.api.http.limits import MEGABYTE
from local.gateway.limits import PAYLOAD_LIMIT


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole HTTP response. Header names may repeat.

    `length` is in bytes: that of the body, or, to HEAD, of the body that GET would get.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = field(default=())
    length: int | None = None


class Refusal(Exception):
    """The gateway answers by itself."""

    def __init__(self, status: int, message: str, name: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name

    def answer(self, request_id: str) -> HttpAnswer:
        """The response that tells the client so."""
        return error_answer(self.status, str(self), self.name, request_id)


class RequestTooLarge(Refusal):
    """The request is over what the gateway or the function can carry: told in the function's words."""

    def __init__(self) -> None:
        told = error_body(errors.RequestTooLarge(), "", "")
        super().__init__(told.status, told.message, told.name)


class RouteNotFound(Refusal):
    """No route has this path."""

    def __init__(self, path: str) -> None:
        super().__init__(404, f"There is nothing at {path}.", "Not found")


class ReplyTooLarge(Refusal):
    """The function's reply is over what it can return."""

    def __init__(self) -> None:
        super().__init__(
            502, f"The reply is larger than {PAYLOAD_LIMIT // MEGABYTE} MB.", "Function's reply too large"
        )


class TooLate(Refusal):
    """The function took longer than the gateway waits; it may go on by itself."""

    def __init__(self, seconds: float) -> None:
        super().__init__(504, f"The function took longer than {seconds:g} seconds.", "Gateway timeout")


class FunctionFailed(Refusal):
    """The function raised, or returned what is no response."""

    def __init__(self) -> None:
        super().__init__(502, "Unknown error.", "Unknown error")


_PROTOCOL_ERRORS: Mapping[int, Refusal] = {
    400: Refusal(400, "The request is not valid HTTP.", "Bad request"),
    413: RequestTooLarge(),
    431: Refusal(431, "The request's header is too large.", "Request header fields too large"),
    501: Refusal(501, "This transfer encoding is not supported.", "Not implemented"),
}


def protocol_error(status: int) -> HttpAnswer:
    """The answer to what is not even a request."""
    refusal = _PROTOCOL_ERRORS.get(status) or FunctionFailed()
    return refusal.answer(str(uuid4()))


def error_answer(status: int, message: str, name: str, request_id: str) -> HttpAnswer:
    """The contract's error body, readable by scripts of any origin."""
    body = {"message": message, "status": status, "name": name, "requestID": request_id}
    headers = (
        ("Content-Type", "application/json"),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-ID", request_id),
    )
    return HttpAnswer(status, json.dumps(body, ensure_ascii=False).encode(errors="replace"), headers)
