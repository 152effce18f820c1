"""The HTTP side of the persist service in memory."""

from __future__ import annotations

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import multipart

from .faults import Fault, StoredFile

if TYPE_CHECKING:
    from .server import PersistServer

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 100 * MEGABYTE
DAY = 86_400.0
TTL_SECONDS = {
    "2 mins": 120.0,
    "10 mins": 600.0,
    "30 mins": 1800.0,
    "2 hrs": 7200.0,
    "12 hrs": DAY / 2,
    "7 days": 7 * DAY,
    "15 days": 15 * DAY,
    "1 month": 30 * DAY,
    "3 month": 90 * DAY,
    "6 month": 180 * DAY,
    "1 year": 365 * DAY,
    "3 years": 3 * 365 * DAY,
    "infinity": None,
}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent."""

    file_name: str
    content_type: str
    body: bytes
    ttl: str | None
    key: str | None
    optimize: bool


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Plan(msgspec.Struct):
    fault: Fault
    times: int = 1


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PersistServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        if self.path == "/api/files/upload":
            self._upload(self.server.begin_upload())
        elif self.path == "/_faults":
            plan = msgspec.json.decode(self._body(), type=_Plan)
            self.server.plan(plan.fault, plan.times)
            self._answer(200)
        else:
            self._body()
            self._answer(404)

    def do_DELETE(self) -> None:
        self.server.heal()
        self._answer(200)

    def do_GET(self) -> None:
        if self.path == "/_attempts":
            self._answer(200, msgspec.json.encode(self.server.attempts))
        elif self.path == "/_files":
            self._answer(200, msgspec.json.encode(self.server.files))
        else:
            self._download()

    def _download(self) -> None:
        url = urlsplit(self.path)
        found = self.server.find(url.path)
        if found is None:
            self._answer(404)
            return
        file, body = found
        if file.key not in (None, *parse_qs(url.query).get("key", [])):
            self._answer(403)
            return
        self._answer(200, body, content_type=file.content_type)

    def _upload(self, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if kind in ("hang", "cut"):
            self.close_connection = True
            self.server.closing.wait(None if kind == "hang" else 0)
            return
        body = self._body()
        if fault and kind == "refuse":
            self._answer(fault.status, fault.body.encode(), retry_after=fault.retry_after)
            return
        try:
            file = self.server.store(_sent_file(self.headers.get("Content-Type", ""), body))
        except _Refused as refusal:
            self._answer(refusal.status, msgspec.json.encode({"error": str(refusal)}))
            return
        if kind == "cut_after":
            self.close_connection = True
        elif fault and kind == "malformed":
            self._answer(fault.status, fault.body.encode())
        else:
            self.server.closing.wait(fault.seconds if fault else 0)
            self._answer(200, self._reply(file))

    def _reply(self, file: StoredFile) -> bytes:
        described = {
            "id": file.id,
            "filetype": file.content_type,
            "size": file.size,
            "directURL": self.server.url + file.path,
            "protected": file.key is not None,
        }
        return msgspec.json.encode({"file": described})

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        retry_after: str | None = None,
    ) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the client is gone, as it may be when the answer is late
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def _sent_file(content_type: str, body: bytes) -> SentFile:
    parts = _parts(content_type, body)
    fields = {part.name: part.value for part in parts if part.filename is None}
    files = [part for part in parts if part.filename is not None]
    if [part.name for part in files] != ["file"] or not {*fields} <= {"ttl", "optimize", "key"}:
        raise _Refused(400, f"expected one file and known fields, not {[part.name for part in parts]}")
    ttl, key = fields.get("ttl"), fields.get("key")
    if ttl is not None and ttl not in TTL_SECONDS:
        raise _Refused(400, f"unknown ttl {ttl!r}")
    if key is not None and not (key.isascii() and key.isalnum()):
        raise _Refused(400, "the key is not alphanumeric")
    [file] = files
    if len(file.raw) > MAX_FILE_BYTES:
        raise _Refused(413, f"the largest file is {MAX_FILE_BYTES // MEGABYTE} MB")
    return SentFile(file.filename, file.content_type, file.raw, ttl, key, fields.get("optimize") == "true")


def _parts(content_type: str, body: bytes) -> list[Any]:
    untyped: Any = multipart
    kind, options = untyped.parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise _Refused(415, "expected multipart/form-data")
    limits = dict.fromkeys(("spool_limit", "memory_limit"), len(body) + 1)
    parser = untyped.MultipartParser(BytesIO(body), options["boundary"], len(body), strict=True, **limits)
    try:
        parts: list[Any] = parser.parts()
    except multipart.MultipartError as error:
        raise _Refused(400, str(error)) from error
    return parts
