"""From a request to the event of a REST API's proxy integration, and from its reply to the response.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
and, for what becomes of headers, api-gateway-known-issues.html.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

SOURCE_ADDRESS = "203.0.113.7"
_REMAPPED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "expect",
        "host",
        "max-forwards",
        "server",
        "upgrade",
        "via",
        "www-authenticate",
    }
)
"""Response headers that arrive as `x-amzn-Remapped-…`."""
_DROPPED = frozenset({"keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding"})
_NOT_SIGNED = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)
"""What an event says of the caller, null where no signature of AWS names one."""


class MalformedReply(Exception):
    """The function's reply is none that the gateway can pass on."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a client sends it: `target` is path and query, encoded as sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """Its path, decoded."""
        return unquote(urlsplit(self.target).path)

    def header(self, name: str) -> str | None:
        """A header's last value."""
        return {key.lower(): value for key, value in self.headers}.get(name.lower())


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What the client gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request came out: the API's host and stage, the resource, and what its path names."""

    host: str
    stage: str
    resource: str
    parameters: Mapping[str, str]


def event_of(
    request: HttpRequest, place: Place, binary_types: Sequence[str], request_id: str
) -> dict[str, Any]:
    """The event for the function."""
    headers = [
        *(
            pair
            for pair in request.headers
            if pair[0].lower() not in ("connection", "content-length", "host")
        ),
        ("Host", place.host),
        ("X-Amzn-Trace-Id", f"Root=1-{uuid4().hex[:8]}-{uuid4().hex[:24]}"),
        ("X-Forwarded-For", SOURCE_ADDRESS),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]
    query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    is_binary = request.body is not None and matches(request.header("content-type"), binary_types)
    return {
        "resource": place.resource,
        "path": request.path.removeprefix(f"/{place.stage}"),
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": _lists(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _lists(query) or None,
        "pathParameters": dict(place.parameters) or None,
        "stageVariables": None,
        "requestContext": _context(request, place, request_id),
        "body": _text(request.body, is_binary),
        "isBase64Encoded": is_binary,
    }


def response_of(reply: Any, accept: str | None, binary_types: Sequence[str], request_id: str) -> HttpResponse:
    """The response that a reply describes. Base64 is decoded only where the types say so.

    Raises:
        MalformedReply: it describes none.
    """
    if not isinstance(reply, dict) or set(reply) - {
        "isBase64Encoded", "statusCode", "headers", "multiValueHeaders", "body"
    }:  # fmt: skip
        raise MalformedReply(f"not the keys of a reply: {str(reply)[:200]}")
    body = reply.get("body")
    try:
        status = int(reply["statusCode"])
        headers = list(_headers(reply.get("headers") or {}, reply.get("multiValueHeaders") or {}))
        decodes = reply.get("isBase64Encoded") and matches(accept, binary_types)
        text = "" if body is None else body
        content = base64.b64decode(text, validate=True) if decodes else text.encode()
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise MalformedReply(str(error)) from error
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return HttpResponse(status, (*headers, ("x-amzn-RequestId", request_id)), content)


def matches(media_types: str | None, binary_types: Sequence[str]) -> bool:
    """Whether a Content-Type, or the first type of an Accept, is one of the API's binary types."""
    first = (media_types or "").partition(",")[0].partition(";")[0].strip().lower()
    return "*/*" in binary_types or first in binary_types


def _context(request: HttpRequest, place: Place, request_id: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "accountId": "123456789012",
        "apiId": place.host.partition(".")[0],
        "domainName": place.host,
        "domainPrefix": place.host.partition(".")[0],
        "extendedRequestId": "BnJ0yH5uFiAEd9A=",
        "httpMethod": request.method,
        "identity": {
            **dict.fromkeys(_NOT_SIGNED),
            "sourceIp": SOURCE_ADDRESS,
            "userAgent": request.header("user-agent"),
        },
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "resourceId": "k9x2ab",
        "resourcePath": place.resource,
        "stage": place.stage,
    }


def _text(body: bytes | None, is_binary: bool) -> str | None:
    if body is None:
        return None
    return base64.b64encode(body).decode() if is_binary else body.decode(errors="replace")


def _lists(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists


def _headers(single: Mapping[str, Any], multi: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A header that is in both is there once, with all values of the second."""
    merged: dict[str, list[Any]] = {name: [value] for name, value in single.items()}
    for name, value in {**merged, **multi}.items():
        lower = name.lower()
        if lower in _DROPPED:
            continue
        told = f"x-amzn-Remapped-{name}" if lower in _REMAPPED else name
        yield from ((told, str(one)) for one in value)
