"""A persist service that keeps its files in memory: the documented API over real HTTP, and its faults.

In a test:

    with persist_server() as server:
        server.fail_next(2, status=503)
        HttpPersist(server.url).upload(request)
        assert [file.ttl for file in server.files] == ["infinity"]

As a process of its own, `python -m testing.persist_server --port 8080`, which `process.py` starts.

It is stricter than the real one: a `ttl` that is not on the list is answered 400, where the real
service would quietly drop the file after 30 seconds.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import ThreadingHTTPServer
from pathlib import PurePosixPath
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from .faults import Fault, StoredFile, Switches
from .handler import TTL_SECONDS, Handler, SentFile

SECONDS_WITHOUT_TTL = 30.0


class PersistServer(ThreadingHTTPServer, Switches):
    """The server. `attempts` counts the uploads that began, failed ones too; `files` are those taken."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.attempts = 0
        self.files: list[StoredFile] = []
        self.closing = Event()
        self._bodies: dict[str, tuple[StoredFile, bytes]] = {}
        self._planned: deque[Fault] = deque()
        self._lock = Lock()
        self._passed = 0.0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to report."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def plan(self, fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._planned.extend([fault] * times)

    def heal(self) -> None:
        """Forget the planned faults."""
        with self._lock:
            self._planned.clear()

    def pass_time(self, seconds: float) -> None:
        """Let the files grow older."""
        self._passed += seconds

    def begin_upload(self) -> Fault | None:
        """Count an upload; the fault that shall happen to it."""
        with self._lock:
            self.attempts += 1
            return self._planned.popleft() if self._planned else None

    def store(self, sent: SentFile) -> StoredFile:
        """Keep a file; an optimized one comes out smaller than it went in."""
        body = sent.body[: len(sent.body) // 2] if sent.optimize else sent.body
        lifetime = TTL_SECONDS[sent.ttl] if sent.ttl is not None else SECONDS_WITHOUT_TTL
        name = secrets.token_hex(32) + PurePosixPath(sent.file_name).suffix.lower()
        with self._lock:
            number = str(26_936_493 + len(self.files))
            file = StoredFile(
                id=number,
                path=f"/api/files/{number}/download/{name}",
                file_name=sent.file_name,
                content_type=sent.content_type,
                size=len(body),
                sha256=sha256(body).hexdigest(),
                ttl=sent.ttl,
                key=sent.key,
                optimized=sent.optimize,
                expires_at=None if lifetime is None else self._now() + lifetime,
            )
            self.files.append(file)
            self._bodies[file.path] = (file, body)
        return file

    def lose(self, url: str) -> None:
        """Lose a file, as a service that is not kept well does."""
        del self._bodies[urlsplit(url).path]

    def find(self, path: str) -> tuple[StoredFile, bytes] | None:
        """The file that a path serves now."""
        found = self._bodies.get(path)
        if found is None or (found[0].expires_at is not None and found[0].expires_at <= self._now()):
            return None
        return found

    def _now(self) -> float:
        return time.time() + self._passed


@contextmanager
def persist_server(port: int = 0) -> Iterator[PersistServer]:
    """A server in a thread of this process."""
    with PersistServer(port) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
