"""The download route of the embedded persist store: the URL is the key."""

from __future__ import annotations

import pytest

from chalicelib.api.limits import MAX_BODY_BYTES

from .backend import Backend
from .speaking import FILE_ID, FILE_NAME, FILE_PATH, Api, assert_error


def test_whoever_has_the_url_gets_the_bytes_as_what_they_are_and_as_nothing_else(api: Api) -> None:
    response = api.get(FILE_PATH, token=None)

    assert (response.status_code, response.body) == (200, b"a picture")
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Content-Security-Policy"].endswith("; sandbox")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_file_as_large_as_a_reply_may_be_is_sent(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES))

    assert len(api.get(FILE_PATH, token=None).body) == MAX_BODY_BYTES


def test_whoever_asks_for_a_larger_file_is_sent_to_the_bucket(api: Api, backend: Backend) -> None:
    backend.persist_file(bytes(MAX_BODY_BYTES + 1))

    response = api.get(FILE_PATH, token=None)

    assert (response.status_code, response.body) == (302, b"")
    body, headers = backend.ports.store.open_url(response.headers["Location"])
    assert (len(body), headers["content-disposition"]) == (MAX_BODY_BYTES + 1, "attachment")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


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
    assert_error(api.get(path, token=None), 404, "There is no such file.", "Not found")
