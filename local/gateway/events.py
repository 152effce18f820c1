"""From an HTTP request to the event with which API Gateway calls the function, and back."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from chalice.local import LambdaEventConverter, MatchResult, RouteMatcher

from local.gateway.limits import PAYLOAD_LIMIT
from local.gateway.refusals import FunctionFailed, HttpAnswer, ReplyTooLarge, RequestTooLarge, RouteNotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_CONNECTION_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
"""What concerns one connection is the server's business (RFC 9110, 7.6.1)."""
_REMAPPED = {"www-authenticate": "x-amzn-Remapped-WWW-Authenticate"}
"""What API Gateway calls a function's header before it sends it."""
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Resources(RouteMatcher):
    """The app's routes and, as in the template, `/` and `/{proxy+}` for every other path."""

    def match_route(self, url: str) -> MatchResult:
        """The resource that a path belongs to, its captured parts, and the query's parameters."""
        try:
            matched: MatchResult = super().match_route(url)
        except ValueError:
            path, _, query = url.partition("?")
            parameters = parse_qs(query, keep_blank_values=True)
            if path == "/":
                return MatchResult("/", {}, parameters)
            return MatchResult("/{proxy+}", {"proxy": path[1:]}, parameters)
        return matched


class GatewayEvents(LambdaEventConverter):
    """Makes events as API Gateway does: binary bodies in base64, an id, where the client is."""

    def __init__(self, routes: Sequence[str], binary_types: Sequence[str], request_id: str) -> None:
        super().__init__(Resources(list(routes)), list(binary_types))
        self._request_id = request_id

    def create_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        """The event for a request; `path` with its query, as it was sent.

        Raises:
            RouteNotFound: it is no path that a gateway would hand on.
            RequestTooLarge: the event is over what a function can be called with.
        """
        plain = path.partition("?")[0]
        if not plain.startswith("/") or plain.startswith("//"):
            raise RouteNotFound(plain)
        event: dict[str, Any] = super().create_lambda_event(method, path, headers, body)
        event.setdefault("isBase64Encoded", False)
        if isinstance(event["body"], bytes):
            event["body"] = event["body"].decode(errors="replace")
        event["headers"].setdefault("x-forwarded-for", self.LOCAL_SOURCE_IP)
        event["headers"].setdefault("x-forwarded-proto", "http")
        event["requestContext"] |= {"requestId": self._request_id, "stage": "laptop", "protocol": "HTTP/1.1"}
        if payload_size(event) > PAYLOAD_LIMIT:
            raise RequestTooLarge
        return event

    def _is_binary(self, headers: Mapping[str, str]) -> bool:
        types = {name.lower(): value for name, value in headers.items()}
        media_type = types.get("content-type", "").partition(";")[0].strip().lower()
        return "*/*" in self._binary_types or media_type in self._binary_types


def payload_size(payload: Mapping[str, Any]) -> int:
    """The bytes of an event or a reply on its way to or from the function."""
    if payload.get("isBase64Encoded"):  # megabytes that JSON writes as they are
        return len(json.dumps({**payload, "body": ""})) + len(payload["body"])
    return len(json.dumps(payload))


def request_headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The headers of a WSGI request, names in lower case."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    return headers


def request_target(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent, also when the client sent a whole URL."""
    target = str(environ["REQUEST_URI"])
    if target.startswith("/"):
        return target
    try:
        parts = urlsplit(target)
    except ValueError:
        return target
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def answer_of(reply: Any) -> HttpAnswer:
    """The HTTP answer that a function's reply describes.

    Raises:
        ReplyTooLarge: it is over what a function can return.
        FunctionFailed: it is no reply that API Gateway would accept.
    """
    try:
        if payload_size(reply) > PAYLOAD_LIMIT:
            raise ReplyTooLarge
        status = int(reply["statusCode"])
        given = {**reply["headers"], **reply.get("multiValueHeaders", {})}
        headers = tuple(_headers(given))
        body = reply.get("body") or ""
        content = base64.b64decode(body) if reply.get("isBase64Encoded") else body.encode()
        length = int(given.get("Content-Length", len(content)))
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise FunctionFailed from error
    if not 200 <= status <= 599:
        raise FunctionFailed
    return HttpAnswer(status, content, headers, length)


def _headers(headers: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, values in headers.items():
        if name.lower() in _CONNECTION_HEADERS:
            continue
        for value in values if isinstance(values, list) else [values]:
            text = str(value)
            if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(text):
                raise ValueError(f"the header {name!r} cannot be sent")
            yield _REMAPPED.get(name.lower(), name), text.encode().decode("latin-1")
