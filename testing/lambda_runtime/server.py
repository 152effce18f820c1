"""Lambda's Runtime API: hands a runtime its events one by one, and takes what it answers.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One server stands for one
execution environment, which handles one event at a time.
"""

from __future__ import annotations

import json
import queue
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from local.processes.ports import LOOPBACK

EVENT_LIMIT = 6 * 1024 * 1024
"""Bytes of an event, for a caller who waits for the answer, and of a batch from a queue."""
REPLY_LIMIT = EVENT_LIMIT + 100
"""Bytes of an answer; Lambda names this number when it refuses one."""
VERSION = "/2018-06-01/runtime"
_INVOCATION = re.compile(rf"{VERSION}/invocation/([0-9a-f-]+)/(response|error)")
_POLL_SECONDS = 0.2


class EventTooLarge(Exception):
    """Lambda does not take an event of this size; the function never hears of it."""


class FunctionError(Exception):
    """The function did not answer; `kind` is what Lambda calls it, such as `NotAllIngested`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


@dataclass(slots=True, eq=False)
class Invocation:
    """One event on its way through the function, which has `seconds` from when it is handed over."""

    event: bytes = field(repr=False)
    seconds: float
    id: str = field(default_factory=lambda: str(uuid4()))
    answer: Future[bytes] = field(default_factory=Future, repr=False)
    deadline: float | None = None
    """In seconds since the epoch; None while the function has not been handed the event."""

    @property
    def is_late(self) -> bool:
        """Whether the function has had its time."""
        return self.deadline is not None and time.time() > self.deadline


class RuntimeApi:
    """The server, from construction until `close`."""

    def __init__(self, function_arn: str) -> None:
        self.function_arn = function_arn
        self.delivered = 0
        """How many events the runtime was handed."""
        self._waiting: queue.Queue[Invocation] = queue.Queue()
        self._running: dict[str, Invocation] = {}
        self._is_closed = threading.Event()
        self._server = _Server((LOOPBACK, 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What `AWS_LAMBDA_RUNTIME_API` is to be."""
        return f"{LOOPBACK}:{self._server.server_port}"

    def submit(self, event: bytes, seconds: float) -> Invocation:
        """Have an event handled within so many seconds, after those that wait already.

        Raises:
            EventTooLarge: it is over 6 MB.
        """
        if len(event) > EVENT_LIMIT:
            raise EventTooLarge(f"{len(event):,} bytes, of at most {EVENT_LIMIT:,}")
        invocation = Invocation(event, seconds)
        self._waiting.put(invocation)
        return invocation

    def next(self, is_there: Callable[[], bool]) -> Invocation | None:
        """The next event, once there is one; None if the server closed or the runtime went meanwhile."""
        while not self._is_closed.is_set() and is_there():
            try:
                invocation = self._waiting.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if not is_there():
                self._waiting.put(invocation)
                return None
            invocation.deadline = time.time() + invocation.seconds
            self._running[invocation.id] = invocation
            self.delivered += 1
            return invocation
        return None

    def answered(self, invocation_id: str, body: bytes) -> bool:
        """Take an event's answer; False if it is larger than one may be, and so the event has failed."""
        invocation = self._running.pop(invocation_id)
        if len(body) > REPLY_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({REPLY_LIMIT} bytes)."
            invocation.answer.set_exception(FunctionError("Function.ResponseSizeTooLarge", message))
            return False
        invocation.answer.set_result(body)
        return True

    def failed(self, invocation_id: str, error: FunctionError) -> None:
        """The runtime says that the function raised an error."""
        self._running.pop(invocation_id).answer.set_exception(error)

    def fail_all(self, error: FunctionError) -> None:
        """The runtime is gone, or could not even load the function: no event will be answered."""
        while self._running:
            self._running.popitem()[1].answer.set_exception(error)
        while not self._waiting.empty():
            self._waiting.get().answer.set_exception(error)

    def close(self) -> None:
        """End; a runtime that waits for an event is let go."""
        self._is_closed.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{VERSION}/invocation/next":
            return self._send(404, b"")
        api = self.server.api
        invocation = api.next(self._is_there)
        if invocation is None:
            self.close_connection = True
            return None
        return self._send(
            200,
            invocation.event,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(int((invocation.deadline or 0) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": api.function_arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid4().hex[:24]};Sampled=0",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = _INVOCATION.fullmatch(self.path)
        if told and told[2] == "response":
            if not self.server.api.answered(told[1], body):
                message = f"Exceeded maximum allowed payload size ({REPLY_LIMIT} bytes)."
                refusal = {"errorType": "RequestEntityTooLarge", "errorMessage": message}
                return self._send(413, json.dumps(refusal).encode())
        elif told:
            self.server.api.failed(told[1], _error(body))
        elif self.path == f"{VERSION}/init/error":
            self.server.api.fail_all(_error(body))
        else:
            return self._send(404, b"")
        return self._send(202, b'{"status":"OK"}')

    def _is_there(self) -> bool:
        """Whether the runtime that asked still waits. It sends nothing: what can be read is its end."""
        self.connection.setblocking(False)
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.connection.setblocking(True)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the function's own log tells."""


def _error(body: bytes) -> FunctionError:
    told = json.loads(body)
    return FunctionError(str(told.get("errorType")), str(told.get("errorMessage")))
