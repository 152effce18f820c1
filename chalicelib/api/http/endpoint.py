"""What every route does before and after its own three lines.

`@endpoint` stands right above the function, below `@routes.route`: nearest to it, since Chalice
turns whatever leaves a view into a 500 before middleware sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar

import msgspec
from chalice.app import Response

from chalicelib import logs, metrics
from chalicelib.api.http.call import Call, current_call
from chalicelib.api.http.errors import error_response, is_expected
from chalicelib.api.http.parsing import HeaderField
from chalicelib.api.http.responses import Reply, deliver, json_reply
from chalicelib.api.http.unknown_keys import refuse_unknown_keys
from chalicelib.domain.errors import InsufficientRole, RequestError
from chalicelib.domain.users import Role

Asked = TypeVar("Asked")
Asked_co = TypeVar("Asked_co", covariant=True)
Result = msgspec.Struct | Reply | Response
"""What a route returns."""


class Reader(Protocol[Asked_co]):
    """Reads a request; `raises` are the errors of the caller that it may find."""

    @property
    def raises(self) -> tuple[type[RequestError], ...]: ...
    def __call__(self, call: Call) -> Asked_co: ...


@dataclass(frozen=True, slots=True)
class Success:
    """A success that is no JSON: its status, what it is, and the types that its body may have."""

    status: int
    description: str
    content_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route declares of itself, for the request's handling and for the API's description."""

    route: Callable[..., Any]
    role: Role | None
    takes: Reader[Any]
    headers: tuple[HeaderField, ...]
    gives: tuple[Success, ...]
    raises: tuple[type[RequestError], ...]
    published_as: str | None
    ignores_unknown_keys: bool


def endpoint(
    role: Role | None,
    takes: Reader[Asked],
    *,
    headers: tuple[HeaderField, ...] = (),
    gives: tuple[Success, ...] = (),
    raises: tuple[type[RequestError], ...] = (),
    published_as: str | None = None,
    ignores_unknown_keys: bool = False,
) -> Callable[[Callable[[Call, Asked], Result]], Callable[..., Response]]:
    """Make a Chalice view of a route `(call, asked) -> result`.

    In this order: the token names the user, whose role must cover `role` (None: no token needed);
    `takes` reads the request, and the log line names its `dataset` where it has one; the route
    answers; a value becomes JSON, and every error the contract's body. `published_as` is the path
    that errors name, where it is not the route's own; `ignores_unknown_keys` is for routes that
    others published.

    The API's description is made from the same: a JSON reply's type from the route's annotation,
    its words from the docstring. `headers` are what the route reads of the header, `gives` are
    successes that are no JSON, `raises` the errors that the caller may be at fault for beside
    those of `takes`.
    """

    def decorate(route: Callable[[Call, Asked], Result]) -> Callable[..., Response]:
        @wraps(route)
        def view(**_path_parameters: str) -> Response:
            call = current_call.get()
            call.path = published_as or call.path
            try:
                if role is not None:
                    _authorise(call, role)
                if not ignores_unknown_keys:
                    refuse_unknown_keys(call, takes)
                asked = takes(call)
                call.dataset_id = getattr(asked, "dataset", None)
                return _deliver(call, route(call, asked))
            except Exception as error:  # noqa: BLE001 - the client gets a body, the log the traceback
                return fail(call, error)

        view.__dict__["operation"] = Operation(
            route, role, takes, headers, gives, raises, published_as, ignores_unknown_keys
        )
        return view

    return decorate


def operation_of(view: Callable[..., Any]) -> Operation:
    """What a view's route declared.

    Raises:
        KeyError: the view was made without `endpoint`.
    """
    operation: Operation = view.__dict__["operation"]
    return operation


def _authorise(call: Call, needed: Role) -> None:
    call.user = call.services.tokens.verify(call.token())
    if not call.user.role.covers(needed):
        raise InsufficientRole(call.user.role, needed)


def _deliver(call: Call, result: Result) -> Response:
    if isinstance(result, Response):
        return result
    if not isinstance(result, Reply):
        result = json_reply(result, f"{call.route.rsplit('/', 1)[-1]}.json")
    return deliver(result, call.header("accept-encoding"), call.services.large_replies)


def fail(call: Call, error: Exception) -> Response:
    """The response to a request that failed; what nobody asked for goes to the log as well."""
    call.failure = error
    if not is_expected(error):
        logs.log_fault("the request could not be answered", error, call.log_fields())
        metrics.request_failed()
    return error_response(error, call.path, call.request_id)
