"""One HTTP request while it is being answered: what came in, who asks, what the log will say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

from chalice.app import Request

from chalicelib import bootstrap
from chalicelib.api.bodies.present import Presenter
from chalicelib.api.http.errors import RequestTooLarge, UnknownKeys, UnsupportedMediaType
from chalicelib.api.http.limits import MAX_BODY_BYTES
from chalicelib.config import LAPTOP_STAGE, MAX_TOKEN_CHARACTERS
from chalicelib.domain.errors import InvalidForm, InvalidJson, InvalidParameters, InvalidToken
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.users import User

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_BEARER = "bearer "
_TELLING = (InvalidJson, InvalidParameters, InvalidForm)
"""Errors whose words hold nothing that the client sent, but for `UnknownKeys`."""


class Call:
    """Wraps Chalice's request; routes and parsers read requests through it alone.

    `route` is the route's pattern, since parts of a written path may be secrets; `path` is what
    errors call the route, which differs for one of them; `accept` is what the client would rather have.
    `user`, `dataset_id`, `audit_digest` and
    `failure` are noted on the way, for the log line.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._began = perf_counter()
        self.path: str = request.path
        self.route: str = request.path
        self.method: str = request.method
        self.accept = self.header("accept")
        self.request_id = _request_id(request)
        self.user: User | None = None
        self.dataset_id: DatasetId | None = None
        self.audit_digest: str | None = None
        self.failure: BaseException | None = None

    @property
    def services(self) -> bootstrap.Services:
        """The container's services, built at the first call."""
        return bootstrap.services()

    @property
    def is_head(self) -> bool:
        """Whether the client wants a GET's answer without its body."""
        return self.method == "HEAD"

    def caller(self) -> User:
        """The user whose token was verified.

        Raises:
            InvalidToken: the route asks for none.
        """
        if self.user is None:
            raise InvalidToken("no token")
        return self.user

    def header(self, name: str) -> str:
        """A header's value, else an empty string."""
        return str(self._request.headers.get(name) or "")

    def token(self) -> str:
        """The token in `Authorization`, with or without `Bearer`.

        Raises:
            InvalidToken: there is none, or it cannot be one.
        """
        value = self.header("authorization").strip()
        token = value[len(_BEARER) :].strip() if value.lower().startswith(_BEARER) else value
        if not token:
            raise InvalidToken("no token")
        if (
            len(token) > MAX_TOKEN_CHARACTERS
            or not token.isascii()
            or not token.isprintable()
            or " " in token
        ):
            raise InvalidToken("not the characters of a token")
        return token

    def body(self) -> bytes:
        """The body's bytes.

        Raises:
            RequestTooLarge: there are more of them than a function can be handed.
        """
        body = self._raw_body()
        if len(body) > MAX_BODY_BYTES:
            raise RequestTooLarge
        return body

    def _raw_body(self) -> bytes:
        body = self._request.raw_body
        return body if isinstance(body, bytes) else body.encode()

    def require_media_type(self, needed: str, *, or_none: bool) -> None:
        """Check the body's declared type, without its parameters.

        Raises:
            UnsupportedMediaType: it is another one, or none is given and `or_none` is not set.
        """
        given = self.header("content-type")
        media_type = given.partition(";")[0].strip().lower()
        if media_type != needed and (media_type or not or_none):
            raise UnsupportedMediaType(given, needed)

    def query_lists(self) -> dict[str, Sequence[str]]:
        """The query string's parameters, each with all its values."""
        parameters = self._request.query_params
        return {name: parameters.getlist(name) for name in parameters} if parameters else {}

    def path_parameters(self) -> dict[str, str]:
        """The path's parameters by name."""
        return dict(self._request.uri_params or {})

    def source_address(self) -> str | None:
        """Where the gateway says that the request came from."""
        identity = self._request.context.get("identity") or {}
        return identity.get("sourceIp")

    def base_url(self) -> str:
        """Where the client reaches this API, for URLs in replies: `https://host/stage`.

        Empty, which leaves a URL relative, if the request names no usable host.
        """
        config = self.services.config
        if config.public_url:
            return config.public_url
        host = self.header("host")
        if not _HOST.fullmatch(host):
            return ""
        forwarded = self.header("x-forwarded-proto").partition(",")[0].strip().lower()
        usual = "http" if config.stage == LAPTOP_STAGE else "https"
        scheme = forwarded if forwarded in ("http", "https") else usual
        return f"{scheme}://{host}{self._stage_path()}"

    def _stage_path(self) -> str:
        """What the gateway's address puts before the routes: `/api`, or nothing on an own domain."""
        path = str(self._request.context.get("path") or "").rstrip("/")
        return path.removesuffix(self.route) if path.endswith(self.route) else ""

    def log_fields(self) -> dict[str, object]:
        """What the log may say of the request: nothing from its header, query or body."""
        return {
            "requestID": self.request_id,
            "method": self.method,
            "route": self.route,
            "user": self.user.name if self.user else None,
            "role": self.user.role if self.user else None,
            "dataset": self.dataset_id,
            "audit": self.audit_digest,
            "error": type(self.failure).__name__ if self.failure else None,
            "reason": _reason(self.failure),
            "request_bytes": len(self._raw_body()),
            "duration_ms": round((perf_counter() - self._began) * 1000, 1),
        }


def _reason(failure: BaseException | None) -> str | None:
    is_safe = isinstance(failure, _TELLING) and not isinstance(failure, UnknownKeys)
    return str(failure) if is_safe else None


def presenter_of(call: Call) -> Presenter:
    """The presenter for the client of this request."""
    return Presenter(call.services.config.time_zone, call.base_url())


def _request_id(request: Request) -> str:
    """The gateway's id, which the client also gets; else the function's; else a fresh one."""
    by_function = getattr(request.lambda_context, "aws_request_id", None)
    return str(request.context.get("requestId") or by_function or uuid4())


current_call: ContextVar[Call] = ContextVar("current_call")
"""The request that this thread is answering. Chalice's own `current_request` is one per app."""
