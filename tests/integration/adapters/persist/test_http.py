"""The persist service over HTTP: what is sent, what is believed, and what is repeated."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from threading import Event, Thread
from typing import Any

import pytest
import requests

from chalicelib.adapters.persist.http import HttpPersist
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.new_receipts import new_image_id
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.services import PersistRequest
from testing.persist_server.server import PersistServer, persist_server
from tests.fakes.scripted_http import Answer, scripted_server

PHOTO = bytes(range(256)) * 8 + b"\r\n--boundary\r\n"
SLOW_BYTES = 8_000_000
GOOD = {
    "id": "26936493",
    "filetype": "image/jpeg",
    "size": len(PHOTO),
    "directURL": "https://persist.test/api/files/26936493/download/" + "ab" * 32 + ".jpg",
    "protected": False,
}


def request_for(body: bytes = PHOTO, file_name: str = "photo.jpg") -> PersistRequest:
    source = ObjectVersion(ObjectKey("incoming/photo.jpg"), "etag", len(body), datetime.now(UTC))
    return PersistRequest(new_image_id(), "cd" * 32 + ".jpg", file_name, "image/jpeg", body, source)


@pytest.fixture
def server() -> Iterator[PersistServer]:
    with persist_server() as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def persist(server: PersistServer, session: requests.Session) -> HttpPersist:
    """One with patience enough for a busy machine, and far less than what is refused would take."""
    return HttpPersist(server.url, session, budget_seconds=8, read_timeout=8)


@pytest.fixture
def hasty(server: PersistServer, session: requests.Session) -> HttpPersist:
    """One with hardly any."""
    return HttpPersist(server.url, session, budget_seconds=2, read_timeout=0.4)


def test_a_file_is_kept_for_good_byte_for_byte(server: PersistServer, persist: HttpPersist) -> None:
    persisted = persist.upload(request_for())
    [file] = server.files
    assert (file.ttl, file.optimized, file.key) == ("infinity", False, None)
    assert (file.file_name, file.content_type) == ("photo.jpg", "image/jpeg")
    assert file.sha256 == sha256(PHOTO).hexdigest()
    assert persisted.id == file.id
    assert re.fullmatch(re.escape(server.url) + r"/api/files/\d+/download/[0-9a-f]{64}\.jpg", persisted.url)
    server.pass_time(10 * 365 * 86_400)
    assert requests.get(persisted.url, timeout=5).content == PHOTO


@pytest.mark.parametrize(
    "name", ["Zoë 日本.jpg", 'a"b\\c;d.jpg', "line\r\nbreak: x.jpg", "=?UTF-8?Q?x?=.jpg"]
)
def test_any_file_name_can_be_sent(server: PersistServer, persist: HttpPersist, name: str) -> None:
    persist.upload(request_for(file_name=name))
    [file] = server.files
    assert file.size == len(PHOTO)
    assert file.file_name.endswith(".jpg")


def test_an_empty_and_a_large_file_arrive_whole(server: PersistServer, session: requests.Session) -> None:
    persist = HttpPersist(server.url, session)
    for body in (b"", PHOTO * 10_000):
        persist.upload(request_for(body))
        assert server.files[-1].sha256 == sha256(body).hexdigest()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_is_asked_again_and_stores_one_file(
    server: PersistServer, persist: HttpPersist, status: int
) -> None:
    server.fail_next(2, status)
    persist.upload(request_for())
    assert (server.attempts, len(server.files)) == (3, 1)


def test_the_pause_that_the_service_asks_for_is_kept(server: PersistServer, persist: HttpPersist) -> None:
    server.fail_next(1, 429, retry_after="1")
    began = time.monotonic()
    persist.upload(request_for())
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    "pause",
    ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)],
    ids=["of seconds", "until a time"],
)
def test_a_pause_longer_than_the_time_there_is_ends_the_attempts(
    server: PersistServer, persist: HttpPersist, pause: str
) -> None:
    server.fail_next(1, 503, retry_after=pause)
    began = time.monotonic()
    with pytest.raises(TransientFault, match="503"):
        persist.upload(request_for())
    assert time.monotonic() - began < 8
    assert server.attempts == 1


def test_a_pause_that_makes_no_sense_is_passed_over(server: PersistServer, persist: HttpPersist) -> None:
    server.fail_next(1, 503, retry_after="when it suits us")
    persist.upload(request_for())
    assert server.attempts == 2


def test_a_service_that_stays_busy_is_given_up_in_time(server: PersistServer, hasty: HttpPersist) -> None:
    server.fail_next(1000)
    began = time.monotonic()
    with pytest.raises(TransientFault, match="503"):
        hasty.upload(request_for())
    assert time.monotonic() - began < 20
    assert 1 < server.attempts <= 4


def test_a_service_that_is_not_there_is_tried_again_then_given_up(session: requests.Session) -> None:
    with persist_server() as server:
        gone = HttpPersist(server.url, session, budget_seconds=1)
    with pytest.raises(TransientFault) as fault:
        gone.upload(request_for())
    assert fault.value.dependency == "persist"


@pytest.mark.parametrize("fault", ["hang", "late", "cut", "cut after storing"])
def test_what_may_have_been_stored_is_not_sent_again_at_once(
    server: PersistServer, persist: HttpPersist, hasty: HttpPersist, fault: str
) -> None:
    plans: dict[str, Any] = {
        "hang": server.hang_next,
        "late": lambda: server.answer_late(seconds=60),
        "cut": server.cut_next,
        "cut after storing": lambda: server.cut_next(after_storing=True),
    }
    plans[fault]()
    began = time.monotonic()
    with pytest.raises(TransientFault, match="no answer"):
        hasty.upload(request_for())
    assert time.monotonic() - began < 20
    assert server.attempts == 1

    persist.upload(request_for())
    assert server.attempts == 2


def test_a_service_that_stops_reading_is_given_up(server: PersistServer, session: requests.Session) -> None:
    server.hang_next()
    began = time.monotonic()
    with pytest.raises(TransientFault, match="no answer"):
        HttpPersist(server.url, session, budget_seconds=1).upload(request_for(bytes(20_000_000)))
    assert time.monotonic() - began < 20


@contextmanager
def slow_reader(pause: float) -> Iterator[str]:
    """The URL of a service that reads a few KB at a time, with pauses, and then answers as it should."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        over = Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ConnectionError):
                head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
                length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
                read = len(body)
                while read < length and not over.wait(pause):
                    read += len(connection.recv(65_536))
                reply = json.dumps({"file": {**GOOD, "size": SLOW_BYTES}}).encode()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(reply), reply))

        reading = Thread(target=serve, daemon=True)
        reading.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        reading.join(timeout=10)


def test_a_service_that_reads_ever_so_slowly_is_given_up(session: requests.Session) -> None:
    with slow_reader(0.1) as url:
        persist = HttpPersist(url, session, budget_seconds=0)
        began = time.monotonic()
        with pytest.raises(TransientFault, match="no answer"):
            persist.upload(request_for(bytes(SLOW_BYTES)))
        assert time.monotonic() - began < 20


def test_a_large_file_may_take_longer_to_send_than_a_connection_to_come_about(
    session: requests.Session,
) -> None:
    with slow_reader(0.0005) as url:
        persist = HttpPersist(url, session, connect_timeout=0.4)
        began = time.monotonic()
        assert persist.upload(request_for(bytes(SLOW_BYTES))).id == GOOD["id"]
        assert time.monotonic() - began > 0.8


def test_a_service_that_is_just_starting_is_waited_for(session: requests.Session) -> None:
    with persist_server() as server:
        port = server.server_port
    persist = HttpPersist(server.url, session)
    with ThreadPoolExecutor(1) as pool:
        uploading = pool.submit(persist.upload, request_for())
        wait([uploading], timeout=0.2)
        with persist_server(port) as server:
            assert uploading.result(timeout=10).id == server.files[0].id


@pytest.mark.parametrize(("status", "reason"), [(413, "too large"), (400, "no"), (401, ""), (500, "oops")])
def test_a_refusal_is_told_with_its_reason_and_not_repeated(
    server: PersistServer, persist: HttpPersist, status: int, reason: str
) -> None:
    server.fail_next(1, status, body=reason)
    with pytest.raises(TransientFault, match=f"{status}: {reason}"):
        persist.upload(request_for())
    assert server.attempts == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": 26936493},
        {"id": "two\nlines"},
        {"size": None},
        {"size": len(PHOTO) - 1},
        {"size": str(len(PHOTO))},
        {"directURL": None},
        {"directURL": ""},
        {"directURL": "/api/files/1/download/x.jpg"},
        {"directURL": "javascript:alert(1)"},
        {"directURL": "ftp://persist.test/x.jpg"},
        {"directURL": "https://"},
        {"directURL": "https:///x.jpg"},
        {"directURL": "https://persist.test/x.jpg\n"},
        {"directURL": "https://persist.test/a b.jpg"},
        {"directURL": "https://persist.test/x.jpg\r\nSet-Cookie: a=b"},
        {"directURL": "https://[::1/x.jpg"},
        {"directURL": ["https://persist.test/x.jpg"]},
        {"protected": True},
    ],
    ids=repr,
)
def test_a_reply_that_is_not_as_documented_is_not_believed(
    server: PersistServer, persist: HttpPersist, changes: dict[str, Any]
) -> None:
    file = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    server.malform_next(body=json.dumps({"file": file}))
    with pytest.raises(TransientFault) as fault:
        persist.upload(request_for())
    assert "persist.test" not in str(fault.value)


@pytest.mark.parametrize("body", ["", "OK", "null", "[]", "{}", '{"file": 1}', '{"file": {', "x" * 100_000])
def test_a_reply_that_is_no_reply_is_not_believed(
    server: PersistServer, persist: HttpPersist, body: str
) -> None:
    server.malform_next(body=body)
    with pytest.raises(TransientFault):
        persist.upload(request_for())


def test_a_documented_reply_is_believed(server: PersistServer, persist: HttpPersist) -> None:
    server.malform_next(body=json.dumps({"file": {**GOOD, "something": "new"}}))
    persisted = persist.upload(request_for())
    assert (persisted.id, persisted.url) == (GOOD["id"], GOOD["directURL"])


def test_a_reply_in_pieces_is_read_whole_and_a_broken_one_not_believed(session: requests.Session) -> None:
    reply = json.dumps({"file": GOOD}).encode()
    with scripted_server() as server:
        persist = HttpPersist(server.url, session, budget_seconds=3)
        server.otherwise = Answer(body=reply, trickle=0.001)
        assert persist.upload(request_for()).id == GOOD["id"]
        server.otherwise = Answer(body=reply, cut_at=50)
        with pytest.raises(TransientFault):
            persist.upload(request_for())


def test_a_redirect_is_not_followed(server: PersistServer, session: requests.Session) -> None:
    with scripted_server() as elsewhere:
        elsewhere.otherwise = Answer(307, headers={"Location": server.url + "/api/files/upload"})
        with pytest.raises(TransientFault, match="307"):
            HttpPersist(elsewhere.url, session).upload(request_for())
    assert server.attempts == 0


def test_no_url_is_logged_or_told(
    server: PersistServer, persist: HttpPersist, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    persisted = persist.upload(request_for())
    server.malform_next(status=409, body=f"you have that already: {persisted.url}")
    with pytest.raises(TransientFault) as fault:
        persist.upload(request_for())
    name = persisted.url.rsplit("/", 1)[-1]
    assert name not in caplog.text
    assert name not in str(fault.value)
