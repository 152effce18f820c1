"""How the description tells what a route answers: from its annotation and the table of errors."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, get_args, get_type_hints

import msgspec

from chalicelib.api.bodies.shared import ErrorReply
from chalicelib.api.http.endpoint import Operation, Success
from chalicelib.api.http.errors import RouteNotFound, answer_to, error_body
from chalicelib.api.openapi.examples import REPLIES, example_of
from chalicelib.domain.errors import InsufficientRole, InvalidToken, TransientFault
from chalicelib.domain.lifetimes import LARGE_REPLY_URL

Json = dict[str, Any]
REQUEST_ID = "2f1c1f0e-2d0b-4a52-9a38-1f5a2a1b7a11"
TOO_LARGE_TO_RETURN = Success(
    303,
    "The reply is too large for one response: it lies at `Location` for "
    f"{LARGE_REPLY_URL // timedelta(minutes=1)} minutes.",
    (),
    ("Location",),
)
HEADERS = {
    "X-Request-ID": "names the request in the log",
    "Location": "where to go on",
    "Content-Security-Policy": "what a browser may do with the body",
    "ETag": "names the bytes, for `If-None-Match` and `If-Range`",
    "Accept-Ranges": "that parts can be asked for",
    "Content-Range": "which part of how many bytes this is",
    "Content-Disposition": "whether to show or to save, and under which name",
    "WWW-Authenticate": "how to authenticate; API Gateway calls it `x-amzn-Remapped-WWW-Authenticate`",
    "Retry-After": "seconds to wait before another attempt",
}


def reply_type(operation: Operation) -> type[msgspec.Struct] | None:
    """The type of a JSON reply: what the route is annotated to return."""
    returned = get_type_hints(operation.route)["return"]
    choices = get_args(returned) or (returned,)
    return next((kind for kind in choices if issubclass(kind, msgspec.Struct)), None)


def responses(operation: Operation, path: str) -> dict[str, Json]:
    """Every answer of a route, by status."""
    return {**_successes(operation), **_errors(operation, path)}


def _successes(operation: Operation) -> dict[str, Json]:
    described = {str(success.status): _success(success) for success in operation.gives}
    replied = reply_type(operation)
    if replied is not None:
        content = {
            "schema": {"$ref": f"#/components/schemas/{replied.__name__}"},
            "examples": {"published": {"value": msgspec.to_builtins(REPLIES[replied])}},
        }
        described["200"] = {
            "description": (replied.__doc__ or "").partition("\n")[0],
            "headers": _headers(),
            "content": {"application/json": content},
        }
    if operation.role is not None:
        described[str(TOO_LARGE_TO_RETURN.status)] = _success(TOO_LARGE_TO_RETURN)
    return described


def _success(success: Success) -> Json:
    described: Json = {"description": success.description, "headers": _headers(*success.headers)}
    if success.content_types:
        described["content"] = {kind: {"schema": _body(kind)} for kind in success.content_types}
    return described


def _body(content_type: str) -> Json:
    """The schema of a body that no type of ours describes."""
    if content_type == "application/json":
        return {"type": "object"}
    if content_type.startswith("text/"):
        return {"type": "string"}
    return {"type": "string", "format": "binary"}


def _errors(operation: Operation, path: str) -> dict[str, Json]:
    """The errors that the caller may meet, with one example of each."""
    classes: list[type[Exception]] = [*operation.takes.raises, *operation.raises]
    if operation.role is not None:
        classes += [InvalidToken, InsufficientRole]
    if "{" in path:
        classes.append(RouteNotFound)
    by_status: dict[int, list[Exception]] = defaultdict(list)
    for error in dict.fromkeys([*classes, TransientFault]):
        by_status[answer_to(example_of(error)).status].append(example_of(error))
    named = operation.published_as or path
    return {str(status): _error(errors, named) for status, errors in sorted(by_status.items())}


def _error(errors: list[Exception], path: str) -> Json:
    examples = {
        type(error).__name__: {
            "summary": (type(error).__doc__ or "").partition("\n")[0],
            "value": msgspec.to_builtins(error_body(error, path, REQUEST_ID)),
        }
        for error in errors
    }
    headers = dict.fromkeys(name for error in errors for name in answer_to(error).headers)
    return {
        "description": " ".join(example["summary"] for example in examples.values()),
        "headers": _headers(*headers),
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{ErrorReply.__name__}"},
                "examples": examples,
            }
        },
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}
