"""The laptop's event source: from a change in the bucket, or from the clock, to a function of `app`.

Run as `python -m local.worker`. It stands in for S3's notifications, Lambda's asynchronous
invocation and the schedule. What it has queued when it ends is found again by the sweep.
"""

from __future__ import annotations

import argparse
import hmac
import importlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from chalicelib.adapters.s3_connection import s3_client
from chalicelib.bootstrap import services
from chalicelib.config import Config
from chalicelib.domain.errors import TransientFault
from local.filer_event import NotAFilerEvent, created_object
from local.home import Home
from local.http_server import serve
from local.invocation import Invoker
from local.polling import BucketWatch, watch
from local.s3_event import CreatedObject, Event, object_created
from local.schedule import sweep_repeatedly
from local.worker_pool import WorkerPool

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGGER = logging.getLogger("local.worker")
NOTIFICATIONS = "/notifications"
HEALTH = "/health"
RECEIVER_THREADS = 8


class Receiver:
    """A WSGI application: takes the filer's messages, and Lambda's asynchronous invocations.

    A message of the filer becomes an event if it tells of a created object; an invocation of the
    ingest function brings its event along. `submit` queues either.
    """

    def __init__(
        self, token: str, function: str, bucket: str, prefixes: Sequence[str], submit: Callable[[Event], None]
    ) -> None:
        self._authorization = f"Bearer {token}"
        self._invocations = f"/2015-03-31/functions/{function}/invocations"
        self._bucket = bucket
        self._prefixes = prefixes
        self._submit = submit

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; an answer of 200 promises that the message is in the queue."""
        status = self._answer(environ)
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    def _answer(self, environ: WSGIEnvironment) -> str:
        if environ["PATH_INFO"] == HEALTH:
            return "200 OK"
        if environ["PATH_INFO"] == self._invocations:
            # To ingest what lies in the bucket is all that this can do: it needs no credentials.
            try:
                self._submit(json.load(environ["wsgi.input"]))
            except ValueError:
                return "400 Bad Request"
            return "202 Accepted"
        if environ["PATH_INFO"] != NOTIFICATIONS:
            return "404 Not Found"
        given = str(environ.get("HTTP_AUTHORIZATION", ""))
        if not hmac.compare_digest(given.encode(), self._authorization.encode()):
            return "401 Unauthorized"
        try:
            message = json.load(environ["wsgi.input"])
            created = created_object(message, self._bucket, self._prefixes)
        except (NotAFilerEvent, ValueError) as error:
            # To refuse it would make the filer send it again; the sweep finds the object.
            LOGGER.warning("a message of the filer %s", error)
            return "200 OK"
        if created is not None:
            self._submit(object_created(created))
        return "200 OK"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGTERM."""
    options = _options(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    config = Config.from_env(os.environ)
    app: Any = importlib.import_module("app")
    workers = WorkerPool("app", "ingest", options.processes)
    invoker = Invoker(workers, "ingest", options.processes)
    stop = threading.Event()

    def tell(created: CreatedObject) -> None:
        invoker.submit(object_created(created))

    if not options.shared:
        _take_over()
    _in_background(sweep_repeatedly, app.sweep, options.sweep_seconds, stop, not options.shared)
    if options.poll:
        _in_background(watch, BucketWatch(s3_client(), config.bucket, config.layout.intake), tell, stop)
    token = Home.from_env(os.environ).secrets().hook_token
    receiver = Receiver(token, config.ingest_function, config.bucket, config.layout.intake, invoker.submit)
    try:
        serve(receiver, options.port, RECEIVER_THREADS)
    finally:
        stop.set()
        invoker.close()
        workers.close()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.worker")
    parser.add_argument("--port", type=int, required=True, help="where the filer's messages come in")
    parser.add_argument("--processes", type=int, required=True, help="that ingest, an object each")
    parser.add_argument("--sweep-seconds", type=float, required=True, help="between two sweeps")
    parser.add_argument("--poll", action="store_true", help="list the bucket instead of being told")
    parser.add_argument("--shared", action="store_true", help="others may ingest on these engines too")
    return parser.parse_args(arguments)


@retry(
    retry=retry_if_exception_type(TransientFault), stop=stop_after_delay(60), wait=wait_fixed(1), reraise=True
)
def _take_over() -> None:
    """End the leases of killed workers, nobody else being at work. MongoDB may be starting again too."""
    services().sweep.take_over()


def _in_background(target: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, name=target.__name__, daemon=True).start()


if __name__ == "__main__":
    main()
