"""The download route of the embedded persist store: the URL is the key."""

from __future__ import annotations

from datetime import timedelta
from hashlib import md5

import pytest

from chalicelib.api.http.limits import MAX_BODY_BYTES
from chalicelib.api.routes.files import CACHE_CONTROL
from chalicelib.domain.lifetimes import FILE_REDIRECT, FILE_URL
from chalicelib.domain.paging import PageRequest
from tests.unit.api.backend import Backend
from tests.unit.api.speaking import FILE_ID, FILE_NAME, FILE_PATH, Api, assert_error

ETAG = f'"{md5(b"a picture", usedforsecurity=False).hexdigest()}"'


def test_whoever_has_the_url_gets_the_bytes_as_what_they_are_and_as_nothing_else(api: Api) -> None:
    response = api.get(FILE_PATH, token=None)

    assert (response.status_code, response.body) == (200, b"a picture")
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Content-Security-Policy"].endswith("; sandbox")


def test_the_bytes_of_a_url_never_change_and_may_be_kept_by_who_has_it_alone(api: Api) -> None:
    headers = api.get(FILE_PATH, token=None).headers

    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert headers["ETag"] == ETAG
    assert headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("known", [ETAG, f"W/{ETAG}", "*", f'"other", {ETAG}', f'"a,b",W/{ETAG}'])
def test_who_has_the_bytes_gets_none(api: Api, backend: Backend, known: str) -> None:
    response = api.get(FILE_PATH, token=None, headers={"If-None-Match": known})

    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["ETag"] == ETAG
    assert response.headers["Cache-Control"] == CACHE_CONTROL
    assert reads(backend) == []


@pytest.mark.parametrize("known", ['"other"', ETAG.strip('"'), "", f'"x{ETAG[1:]}'])
def test_who_has_other_bytes_gets_these(api: Api, known: str) -> None:
    assert api.get(FILE_PATH, token=None, headers={"If-None-Match": known}).status_code == 200


def test_head_tells_of_the_bytes_and_reads_none(api: Api, backend: Backend) -> None:
    whole = api.get(FILE_PATH, token=None)
    backend.ports.faults.calls.clear()
    response = api.send("HEAD", FILE_PATH, token=None, headers={"Range": "bytes=0-1"})

    assert (response.status_code, response.body) == (200, b"")
    told = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    assert told == {name: value for name, value in whole.headers.items() if name != "X-Request-ID"}
    assert told["Content-Length"] == "9"
    assert reads(backend) == []


def test_head_tells_of_a_large_file_without_sending_the_client_elsewhere(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES + 1))

    response = api.send("HEAD", FILE_PATH, token=None)

    assert (response.status_code, response.headers["Content-Length"]) == (200, str(MAX_BODY_BYTES + 1))


@pytest.mark.parametrize(
    ("asked", "part", "content_range"),
    [
        ("bytes=0-0", b"a", "bytes 0-0/9"),
        ("bytes=2-", b"picture", "bytes 2-8/9"),
        ("bytes=2-4", b"pic", "bytes 2-4/9"),
        ("bytes=2-99", b"picture", "bytes 2-8/9"),
        ("bytes=-3", b"ure", "bytes 6-8/9"),
        ("bytes=-99", b"a picture", "bytes 0-8/9"),
        ("Bytes=8-8", b"e", "bytes 8-8/9"),
    ],
)
def test_a_part_is_sent_alone(api: Api, asked: str, part: bytes, content_range: str) -> None:
    response = api.get(FILE_PATH, token=None, headers={"Range": asked})

    assert (response.status_code, response.body) == (206, part)
    assert response.headers["Content-Range"] == content_range
    assert response.headers["Content-Length"] == str(len(part))
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Security-Policy"]
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=5-2", "bytes=-", "bytes=a-b", "pages=1-2", "bytes 0-1", "bytes=１-２"]
)
def test_what_is_not_one_range_of_bytes_is_answered_with_all_of_them(api: Api, asked: str) -> None:
    response = api.get(FILE_PATH, token=None, headers={"Range": asked})

    assert (response.status_code, response.body) == (200, b"a picture")
    assert "Content-Range" not in response.headers


@pytest.mark.parametrize("asked", ["bytes=9-", "bytes=9-12", "bytes=-0", f"bytes={10**17}-"])
def test_a_part_that_is_not_there_is_refused_with_the_size_and_not_kept(api: Api, asked: str) -> None:
    response = api.get(FILE_PATH, token=None, headers={"Range": asked})

    assert_error(response, 416, "The file has 9 bytes, and no such part.", "Range not satisfiable")
    assert response.headers["Content-Range"] == "bytes */9"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("known", "status"), [(ETAG, 206), ('"other"', 200), (f"W/{ETAG}", 200)])
def test_a_part_of_other_bytes_is_answered_with_all_of_these(api: Api, known: str, status: int) -> None:
    response = api.get(FILE_PATH, token=None, headers={"Range": "bytes=2-4", "If-Range": known})

    assert response.status_code == status


def test_a_part_that_fits_is_sent_of_a_file_that_does_not(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES) + b"end")

    assert api.get(FILE_PATH, token=None, headers={"Range": "bytes=-3"}).body == b"end"
    assert api.get(FILE_PATH, token=None, headers={"Range": "bytes=3-"}).status_code == 206
    assert api.get(FILE_PATH, token=None, headers={"Range": "bytes=2-"}).status_code == 302


def test_bytes_that_leave_are_recorded_and_nothing_else_is(api: Api, backend: Backend) -> None:
    api.send("HEAD", FILE_PATH, token=None)
    api.get(FILE_PATH, token=None, headers={"If-None-Match": ETAG})
    api.get(FILE_PATH, token=None, headers={"Range": "bytes=99-"})
    assert opened(backend) == 0
    api.get(FILE_PATH, token=None, headers={"Range": "bytes=0-1"})
    api.get(FILE_PATH, token=None)
    assert opened(backend) == 2


def reads(backend: Backend) -> list[str]:
    """The calls by which bytes of a file were read."""
    return [call for call in backend.calls if call.startswith("bucket.get")]


def opened(backend: Backend) -> int:
    """How many records there are of a file that was opened."""
    return len(backend.services.audit.page(None, None, PageRequest()).rows)


def test_a_file_as_large_as_a_reply_may_be_is_sent(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES))

    assert len(api.get(FILE_PATH, token=None).body) == MAX_BODY_BYTES


def test_whoever_asks_for_a_larger_file_is_sent_to_the_bucket(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES + 1))

    response = api.get(FILE_PATH, token=None)

    assert (response.status_code, response.body) == (302, b"")
    body, headers = backend.ports.store.open_url(response.headers["Location"])
    assert (len(body), headers["content-disposition"]) == (MAX_BODY_BYTES + 1, "attachment")
    assert headers["cache-control"] == CACHE_CONTROL
    assert response.headers["Cache-Control"] == "private, max-age=240"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_redirect_is_not_used_again_when_the_url_that_it_leads_to_has_expired() -> None:
    assert timedelta(0) < FILE_REDIRECT <= FILE_URL - timedelta(minutes=1)


@pytest.mark.parametrize(
    "path",
    [
        f"/api/files/{FILE_ID}/download/guess.png",
        f"/api/files/{FILE_ID}/download/{'0' * 64}.png",
        f"/api/files/{FILE_ID}/download/{FILE_NAME.removesuffix('png')}jpg",
        f"/api/files/1/download/{FILE_NAME}",
    ],
)
def test_a_guessed_url_finds_nothing(api: Api, path: str) -> None:
    for headers in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-1"}):
        response = api.get(path, token=None, headers=headers)
        assert_error(response, 404, "There is no such file.", "Not found")
        assert response.headers["Cache-Control"] == "no-store"
    assert api.send("HEAD", path, token=None).status_code == 404
