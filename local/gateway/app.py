"""The laptop's API Gateway: the app's routes behind the limits that they have when deployed.

Run as `python -m local.gateway.app`. Around Chalice's own making of events stands what that one leaves
out: sizes, time, the contract's body for every refusal, and a server that takes whatever a client
sends. Every path and every method reaches the function, as in the template (`infra/gateway.py`).
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from chalice.app import Chalice
from chalice.local import LambdaContext, LocalChalice

from local.gateway.events import GatewayEvents, answer_of, request_headers, request_target
from local.gateway.limits import REQUEST_LIMIT, TIME_LIMIT_SECONDS
from local.gateway.refusals import FunctionFailed, HttpAnswer, Refusal, RequestTooLarge, TooLate
from local.gateway.server import send, serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGGER = logging.getLogger("local.gateway.app")
THREADS = 32
MEMORY_MB = 1024


@dataclass(frozen=True, slots=True)
class _Request:
    id: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None


class Gateway:
    """A WSGI application that calls a Chalice app for every request, `threads` at once."""

    def __init__(self, app: Chalice, seconds: float = TIME_LIMIT_SECONDS, threads: int = THREADS) -> None:
        self._app = isolate_requests(app)
        self._seconds = seconds
        # Twice as many, since a function that the gateway no longer waits for still runs.
        self._functions = ThreadPoolExecutor(2 * threads, thread_name_prefix="function")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request, whatever it is."""
        request_id = str(uuid4())
        try:
            answer = self._answer(environ, request_id)
        except Refusal as refusal:
            LOGGER.warning("%s %s: %s", request_id, refusal.status, refusal.name)
            answer = refusal.answer(request_id)
        except Exception:
            LOGGER.exception("%s failed", request_id)
            answer = FunctionFailed().answer(request_id)
        return send(answer, environ, start_response)

    def _answer(self, environ: WSGIEnvironment, request_id: str) -> HttpAnswer:
        if int(environ.get("CONTENT_LENGTH") or 0) > REQUEST_LIMIT:
            raise RequestTooLarge
        request = _Request(
            request_id,
            environ["REQUEST_METHOD"],
            request_target(environ),
            request_headers(environ),
            environ["wsgi.input"].read() or None,
        )
        call = self._functions.submit(self._invoke, request)
        if not wait([call], timeout=self._seconds).done:
            call.cancel()
            raise TooLate(self._seconds)
        return answer_of(call.result())

    def _invoke(self, request: _Request) -> Any:
        events = GatewayEvents(list(self._app.routes), self._app.api.binary_types, request.id)
        event = events.create_lambda_event(request.method, request.target, request.headers, request.body)
        return self._app(event, LambdaContext("api", MEMORY_MB, int(self._seconds * 1000)))


def isolate_requests(app: Chalice) -> Chalice:
    """Let each thread see its own `app.current_request`, as each container does when deployed."""
    if not isinstance(app, LocalChalice):
        app.__class__ = type("LaptopChalice", (LocalChalice, type(app)), {})
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve `app.app` until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m local.gateway.app")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app: Any = importlib.import_module("app").app
    try:
        serve(Gateway(app), options.port, THREADS)
    finally:
        # A function that still runs after the server's grace is cut off, as a container would be:
        # otherwise Python waits for its thread.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
