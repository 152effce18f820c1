"""What the S3 client does when the wire or the server fails."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from chalicelib.adapters.s3.client import s3_client
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from tests.fakes.scripted_http import Answer, ScriptedServer, scripted_server

KEY = ObjectKey("photo.jpg")
HEADERS = {"ETag": '"e"', "Last-Modified": "Sun, 22 Nov 2026 20:26:42 GMT"}
WHOLE = Answer(body=b"photo", headers=HEADERS)
CUT = Answer(body=b"photo", headers=HEADERS, cut_at=3)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def store(server: ScriptedServer) -> Iterator[S3ObjectStore]:
    client = s3_client(endpoint_url=server.url, read_timeout=0.3)
    yield S3ObjectStore(client, "nebula")
    client.close()


def test_a_busy_server_is_asked_again(server: ScriptedServer, store: S3ObjectStore) -> None:
    server.script.extend([Answer(503), WHOLE])
    assert store.get(KEY).body == b"photo"


def test_a_body_that_breaks_off_is_read_again(server: ScriptedServer, store: S3ObjectStore) -> None:
    server.script.extend([CUT, CUT, WHOLE])
    assert store.get(KEY).body == b"photo"
    assert len(server.requests) == 3


def test_a_body_that_always_breaks_off_is_never_taken_for_whole(
    server: ScriptedServer, store: S3ObjectStore
) -> None:
    server.otherwise = CUT
    with pytest.raises(TransientFault, match="GetObject"):
        store.get(KEY)
    assert len(server.requests) == 3


@pytest.mark.parametrize("answer", [Answer(hang=True), Answer(503)], ids=["hang", "503"])
def test_a_server_that_stays_down_is_given_up(
    server: ScriptedServer, store: S3ObjectStore, answer: Answer
) -> None:
    server.otherwise = answer
    began = time.monotonic()
    with pytest.raises(TransientFault, match="PutObject"):
        store.put(KEY, b"photo")
    assert time.monotonic() - began < 30
    assert len(server.requests) == 3


def test_a_server_that_is_not_there_is_a_transient_fault() -> None:
    with scripted_server() as server:
        client = s3_client(endpoint_url=server.url)
    with pytest.raises(TransientFault, match="HeadObject"):
        S3ObjectStore(client, "nebula").head(KEY)
    client.close()
