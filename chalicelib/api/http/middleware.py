"""The outermost frame of every HTTP request: Chalice's own answers get the contract's shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalice.app import CaseInsensitiveMapping, Chalice, Request, Response

from chalicelib import logs
from chalicelib.api.http.call import Call, current_call
from chalicelib.api.http.cors import Cors, allow_in_chalice_local, preflight
from chalicelib.api.http.endpoint import fail
from chalicelib.api.http.errors import MethodNotAllowed, RouteNotFound, UnsupportedMediaType, error_response

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_ALL_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class NotAnHttpEvent(Exception):
    """The function was invoked with something that is no request of the gateway."""


class UnexpectedAnswer(Exception):
    """Chalice answered for the route, in a way that the contract does not know."""


def install(app: Chalice, cors: Cors) -> None:
    """Put the frame around all routes of the app, and let every body be bytes.

    Before any route is registered.
    """
    app.api.binary_types = ["*/*"]
    allow_in_chalice_local(app)
    app.register_middleware(Frame(app.routes, cors), "http")


class Frame:
    """Middleware: the current call, the error shape, HEAD and OPTIONS, the common headers, one log line."""

    def __init__(self, routes: Mapping[str, Mapping[str, object]], cors: Cors) -> None:
        self._routes = routes
        self._cors = cors

    def __call__(self, request: Request | None, get_response: Callable[[Request], Response]) -> Response:
        """Answer one request."""
        if request is None:
            return error_response(NotAnHttpEvent(), "", "")
        call = Call(request)
        token = current_call.set(call)
        try:
            response = self._respond(call, request, get_response)
        finally:
            current_call.reset(token)
        if call.is_head:
            _leave_the_body_out(response)
        response.headers = {**_HEADERS, "X-Request-ID": call.request_id, **response.headers}
        self._cors.answer(response, call.header("origin"))
        logs.log_request({**call.log_fields(), "status": response.status_code, "bytes": len(response.body)})
        return response

    def _respond(self, call: Call, request: Request, get_response: Callable[[Request], Response]) -> Response:
        methods = self._methods(request.path)
        if call.method == "OPTIONS":
            return preflight(methods)
        if request.path not in self._routes:
            call.route = "unmatched"
            return fail(call, RouteNotFound(str(request.context.get("path") or request.path)))
        _accept_anything(request)
        if call.is_head and "HEAD" in methods:
            request.context["httpMethod"] = "GET"  # where Chalice looks for the route's method
        try:
            response = get_response(request)
        except Exception as error:  # noqa: BLE001 - Chalice failed around the view; as for a failed view
            return fail(call, error)
        if not isinstance(response.body, bytes):
            return fail(call, _reason_of(response, call, methods))
        return response

    def _methods(self, path: str) -> tuple[str, ...]:
        """What may be asked of a path; of one that no route has: what any route may be asked."""
        if path not in self._routes:
            return _ALL_METHODS
        declared = tuple(self._routes[path])
        return (*declared, *(("HEAD",) if "GET" in declared else ()), "OPTIONS")


def _leave_the_body_out(response: Response) -> None:
    """Make the answer to GET one to HEAD: the same headers, and the length of what does not come."""
    response.headers = {"Content-Length": str(len(response.body)), **response.headers}
    response.body = b""


def _accept_anything(request: Request) -> None:
    """Keep Chalice from refusing clients whose `Accept` is absent or names other types.

    It would, since our bodies count as binary; to send what there is is allowed, and kinder than
    an error (RFC 9110, 12.5.1).
    """
    request.headers = CaseInsensitiveMapping({**request.headers, "accept": "*/*"})


def _reason_of(response: Response, call: Call, methods: tuple[str, ...]) -> Exception:
    """Why Chalice answered by itself: our own bodies are bytes, its bodies never are."""
    if response.status_code == 405:
        return MethodNotAllowed(call.method, ", ".join(methods))
    if response.status_code == 415:
        return UnsupportedMediaType(call.header("content-type"), "what the route declares")
    return UnexpectedAnswer(f"status {response.status_code}")
