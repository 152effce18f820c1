"""The gateway as a process: whatever comes over the wire, it answers in one form and stays up."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local.functions.invoke import GatewayProcess
from local.home import Home
from local.processes.ports import LOOPBACK
from local.processes.service import running
from testing.ports import draw_ports

ROOT = Path(__file__).parents[4]
HEALTH = "/nebula/backend/health"
ENVIRONMENT = {
    "PATH": str(Path(sys.executable).parent),
    "NEBULA_BUCKET": "none",
    "MONGODB_URI": "mongodb://127.0.0.1:1/none",
    "NEBULA_TOKEN_SECRET": "laptop-" + "x" * 32,
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("gateway"))
    home.prepare()
    return home


@pytest.fixture(scope="module")
def port(home: Home) -> Iterator[int]:
    """The port of a gateway that has no engines, which no request here gets as far as."""
    port = draw_ports(home.ports, ["gateway"])["gateway"]
    with running(home, GatewayProcess(port, ENVIRONMENT, ROOT)):
        yield port


def exchange(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to these very bytes."""
    with socket.create_connection((LOOPBACK, port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer or not _is_whole(answer):
            more = connection.recv(65_536)
            if not more:
                break
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    return bool(lengths) and len(body) >= int(lengths[0])


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"garbage\r\n\r\n", 400),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"G\xc3\x84T /x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST /x HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n", 413),
        (b"GET /x HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"BREW " + HEALTH.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST " + HEALTH.encode() + b"/ HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ],
)
def test_what_is_no_proper_request_is_refused_in_the_contracts_form(
    port: int, home: Home, request_: bytes, status: int
) -> None:
    answered, body = exchange(port, request_)
    error = json.loads(body)
    assert answered == error["status"] == status
    assert {"message", "status", "name", "requestID"} == set(error)
    assert requests.get(f"http://{LOOPBACK}:{port}/nebula/backend/nothing", timeout=20).status_code == 404
    assert "Traceback" not in home.log("gateway").read_text()


def test_a_chunked_body_reaches_the_route(port: int) -> None:
    details = f"http://{LOOPBACK}:{port}/nebula/backend/dataset/details"
    headers = {"Content-Type": "application/json"}
    assert requests.post(details, data=iter([b"{", b"}"]), headers=headers, timeout=20).status_code == 401


def test_a_client_that_sends_too_much_can_read_why(port: int) -> None:
    create = f"http://{LOOPBACK}:{port}/nebula/backend/dataset/create"
    for megabytes in (5, 11, 64):
        reply = requests.post(create, data=bytes(megabytes << 20), timeout=60)
        assert reply.status_code == 413
        assert "/nebula/backend/dataset/uploads" in reply.json()["message"]
