"""The persist service of the tests speaks the documented API, as a process of its own too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from testing.persist_server.process import persist_process
from testing.persist_server.server import PersistServer, persist_server


@pytest.fixture
def server() -> Iterator[PersistServer]:
    with persist_server() as server:
        yield server


def upload(url: str, **fields: str) -> requests.Response:
    file = {"file": ("photo.JPG", b"photo", "image/jpeg")}
    return requests.post(f"{url}/api/files/upload", files=file, data=fields, timeout=10)


def status_of(url: str) -> int:
    return requests.get(url, timeout=10).status_code


def test_the_reply_is_the_documented_one(server: PersistServer) -> None:
    file = upload(server.url, ttl="infinity").json()["file"]
    assert file.keys() == {"id", "filetype", "size", "directURL", "protected"}
    assert (file["filetype"], file["size"], file["protected"]) == ("image/jpeg", 5, False)
    reply = requests.get(file["directURL"], timeout=10)
    assert (reply.content, reply.headers["Content-Type"]) == (b"photo", "image/jpeg")


@pytest.mark.parametrize(
    ("fields", "seconds"), [({}, 30), ({"ttl": "2 mins"}, 120), ({"ttl": "1 year"}, 31_536_000)]
)
def test_a_file_is_gone_after_its_time(server: PersistServer, fields: dict[str, str], seconds: int) -> None:
    url = upload(server.url, **fields).json()["file"]["directURL"]
    server.pass_time(seconds - 5)
    assert status_of(url) == 200
    server.pass_time(10)
    assert status_of(url) == 404


def test_a_protected_file_needs_its_key(server: PersistServer) -> None:
    url = upload(server.url, key="s3same").json()["file"]["directURL"]
    assert [status_of(url), status_of(url + "?key=x"), status_of(url + "?key=s3same")] == [403, 403, 200]


def test_an_optimized_file_is_not_the_uploaded_one(server: PersistServer) -> None:
    assert upload(server.url, optimize="true").json()["file"]["size"] < 5


@pytest.mark.parametrize(
    "fields", [{"ttl": "forever"}, {"ttl": ""}, {"key": "not alphanumeric!"}, {"tll": "infinity"}]
)
def test_a_field_that_makes_no_sense_is_refused(server: PersistServer, fields: dict[str, str]) -> None:
    assert upload(server.url, **fields).status_code == 400
    assert (server.attempts, server.files) == (1, [])


def test_what_is_no_form_with_a_file_is_refused(server: PersistServer) -> None:
    url = server.url + "/api/files/upload"
    assert requests.post(url, data={"ttl": "infinity"}, timeout=10).status_code == 415
    assert requests.post(url, files={"image": b"x"}, timeout=10).status_code == 400
    cut = {"Content-Type": "multipart/form-data; boundary=x"}
    assert requests.post(url, data=b"--x\r\nContent-", headers=cut, timeout=10).status_code == 400


def test_it_runs_as_a_process_and_is_steered_over_http() -> None:
    with persist_process() as server:
        server.fail_next(2, 503)
        assert [upload(server.url, ttl="infinity").status_code for _ in range(3)] == [503, 503, 200]
        server.hang_next()
        server.heal()
        assert upload(server.url).status_code == 200
        assert server.attempts == 4
        assert [file.ttl for file in server.files] == ["infinity", None]
