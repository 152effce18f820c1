"""An HTTP server on loopback that answers what it is told to, faults of the wire included."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    `hang`: nothing is sent until the server closes. `cut_at`: the connection ends after so many
    bytes of the body. `trickle`: seconds between one byte of the body and the next.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    cut_at: int | None = None
    trickle: float = 0.0


class ScriptedServer(ThreadingHTTPServer):
    """Gives the answers in `script` one by one, then `otherwise` to every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Answer] = deque()
        self.otherwise = Answer(404)
        self.requests: list[str] = []
        self.closing = Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to report."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Its base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """A running server."""
    with ScriptedServer() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        answer = self.server.script.popleft() if self.server.script else self.server.otherwise
        self.close_connection = True
        if answer.hang:
            self.server.closing.wait()
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send(answer)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def _send(self, answer: Answer) -> None:
        if not answer.trickle:
            self.wfile.write(answer.body[: answer.cut_at])
            return
        for byte in answer.body:
            if self.server.closing.wait(answer.trickle):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""
