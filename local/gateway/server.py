"""waitress on loopback, with errors below the application in the contract's body too."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from local.gateway.refusals import HttpAnswer, protocol_error
from local.processes.ports import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY_BYTES = 1024 * 1024 * 1024
"""What the server reads before it hangs up. A client that is still sending does not read an answer,
so that a body over the gateway's limit is read to its end first."""
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""A 204 and a 304 have no body, whatever length is named (RFC 9110, 6.4.1)."""


class _ContractErrorTask(ErrorTask):
    def execute(self) -> None:
        answer = protocol_error(self.request.error.code)
        self.status = status_line(answer.status)
        self.response_headers.extend(answer.headers)
        self.set_close_on_finish()
        self.content_length = len(answer.body)  # type: ignore[assignment]
        self.write(answer.body)  # type: ignore[no-untyped-call]


class _Channel(HTTPChannel):
    error_task_class = _ContractErrorTask


def serve(application: WSGIApplication, port: int, threads: int) -> None:
    """Serve on a loopback port until SystemExit or KeyboardInterrupt is raised in this thread."""
    server: Any = create_server(  # type: ignore[no-untyped-call]
        application,
        host=LOOPBACK,
        port=port,
        threads=threads,
        ident=None,
        connection_limit=1000,
        asyncore_use_poll=True,
        max_request_body_size=MAX_BODY_BYTES,
        max_request_header_size=64 * 1024,
    )
    server.channel_class = _Channel
    server.run()


def status_line(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Status"


def send(answer: HttpAnswer, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Give an answer to the server; to HEAD, all but the body."""
    is_head, is_bodiless = environ["REQUEST_METHOD"] == "HEAD", answer.status in BODILESS
    length = answer.length if is_head and answer.length is not None else len(answer.body)
    headers = [*answer.headers, *([] if is_bodiless else [("Content-Length", str(length))])]
    start_response(status_line(answer.status), headers)
    return [] if is_head or is_bodiless else [answer.body]
