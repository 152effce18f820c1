"""The one table from what went wrong to what the client reads, and the one error body."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
from chalice.app import HeadersType, Response
from msgspec import UNSET

from chalicelib.api import BASE_PATH
from chalicelib.api.bodies.shared import ErrorReply
from chalicelib.api.http.limits import BODY_LIMIT
from chalicelib.domain.errors import (
    DatasetNameTaken,
    DatasetNotFound,
    FileNotFound,
    InsufficientRole,
    InvalidForm,
    InvalidJson,
    InvalidName,
    InvalidParameters,
    InvalidToken,
    RequestError,
    TransientFault,
    UploadNotFound,
)


class UnknownKeys(InvalidParameters):
    """The request has query parameters or body keys that the route does not know."""


class RouteNotFound(RequestError):
    """No route stands at this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {path}.")


class MethodNotAllowed(RequestError):
    """The route exists, with other methods; `allowed` lists them as the `Allow` header does."""

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"{method} is not allowed here, only {allowed}.")
        self.allowed = allowed


class UnsupportedMediaType(RequestError):
    """The body is of a type that the route does not read."""

    def __init__(self, given: str, needed: str) -> None:
        super().__init__(f"A body of type {given!r} is not read here, only {needed}.")


class RequestTooLarge(RequestError):
    """The request is over what the gateway and the function can carry."""

    def __init__(self) -> None:
        super().__init__(
            f"A request may carry at most {BODY_LIMIT}. "
            f"Larger uploads go by an upload session: POST {BASE_PATH}/dataset/uploads."
        )


class RangeNotSatisfiable(RequestError):
    """The file has no such part; it has `size` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes, and no such part.")
        self.size = size


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """What a client reads about a class of errors.

    `message` may hold `{error}`, the error's own words; `name` may hold `{path}`. `detail` names
    the caller's mistake where that tells it nothing that it did not send itself.
    """

    status: int
    message: str
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    detail: str | None = None


_MAX_DETAIL = 300
_INVALID_PARAMETERS = ErrorAnswer(400, "Invalid JSON parameters.", "Invalid input parameters to {path}")
_UNKNOWN = ErrorAnswer(400, "Unknown error.", "Unknown error")

_ANSWERS: dict[type[BaseException], ErrorAnswer] = {
    InvalidToken: ErrorAnswer(
        401, "Invalid Authentication.", "Unauthorised request.", {"WWW-Authenticate": "Bearer"}
    ),
    InsufficientRole: ErrorAnswer(403, "Insufficient privileges.", "Forbidden request."),
    InvalidJson: ErrorAnswer(400, "invalid JSON syntax.", "Invalid JSON sent to to {path}", detail="{error}"),
    InvalidParameters: replace(_INVALID_PARAMETERS, detail="{error}"),
    InvalidName: replace(_INVALID_PARAMETERS, detail="the name {error.problem}"),
    DatasetNotFound: replace(_INVALID_PARAMETERS, detail="there is no such dataset"),
    UploadNotFound: replace(_INVALID_PARAMETERS, detail="there is no such upload session, or it has expired"),
    DatasetNameTaken: ErrorAnswer(400, "Dataset name already exists.", "Invalid input parameters to {path}"),
    InvalidForm: ErrorAnswer(
        400, "Invalid form parameters.", "Invalid input parameters to {path}", detail="{error}"
    ),
    RequestTooLarge: ErrorAnswer(413, "{error}", "Request too large"),
    MethodNotAllowed: ErrorAnswer(405, "{error}", "Method not allowed"),
    UnsupportedMediaType: ErrorAnswer(415, "{error}", "Unsupported media type"),
    RangeNotSatisfiable: ErrorAnswer(416, "{error}", "Range not satisfiable"),
    RouteNotFound: ErrorAnswer(404, "{error}", "Not found"),
    FileNotFound: ErrorAnswer(404, "There is no such file.", "Not found"),
    TransientFault: ErrorAnswer(400, _UNKNOWN.message, _UNKNOWN.name, {"Retry-After": "1"}),
    BaseException: _UNKNOWN,
}


def is_expected(error: BaseException) -> bool:
    """Whether the error is the caller's, so that the log needs no traceback."""
    return isinstance(error, RequestError)


def answer_to(error: BaseException) -> ErrorAnswer:
    """What the table says about the nearest of the error's classes."""
    return next(_ANSWERS[base] for base in type(error).__mro__ if base in _ANSWERS)


def error_body(error: BaseException, path: str, request_id: str) -> ErrorReply:
    """What a client reads about an error; `path` is the route as the published page calls it."""
    answer = answer_to(error)
    return ErrorReply(
        message=answer.message.format(error=error),
        status=answer.status,
        name=answer.name.format(path=path),
        request_id=request_id,
        detail=answer.detail.format(error=error)[:_MAX_DETAIL] if answer.detail else UNSET,
    )


def error_response(error: BaseException, path: str, request_id: str) -> Response:
    """The response to a request that failed; its HTTP status equals the body's `status`."""
    answer = answer_to(error)
    body = error_body(error, path, request_id)
    headers: HeadersType = {"Content-Type": "application/json", **answer.headers}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    return Response(msgspec.json.encode(body), headers, answer.status)
