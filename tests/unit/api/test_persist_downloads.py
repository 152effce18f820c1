"""The download route of the embedded persist store: the URL is the key."""

from __future__ import annotations

import pytest

from chalicelib.api.limits import MAX_BODY_BYTES
from tests.fakes.services import FakePersistedFiles, FakeServices

from .speaking import Api, assert_error

FILE = "/api/files/26936493/download/4cac.png"


def test_whoever_has_the_url_gets_the_bytes_as_what_they_are_and_as_nothing_else(api: Api) -> None:
    response = api.get(FILE, token=None)

    assert (response.status_code, response.body) == (200, b"a picture")
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Content-Security-Policy"].endswith("; sandbox")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_file_as_large_as_a_reply_may_be_is_sent(api: Api, services: FakeServices) -> None:
    services.persisted_files.body = bytes(MAX_BODY_BYTES)

    assert len(api.get(FILE, token=None).body) == MAX_BODY_BYTES


def test_whoever_asks_for_a_larger_file_is_sent_to_the_bucket(api: Api, services: FakeServices) -> None:
    services.persisted_files.body = bytes(MAX_BODY_BYTES + 1)

    response = api.get(FILE, token=None)

    assert (response.status_code, response.body) == (302, b"")
    assert response.headers["Location"] == FakePersistedFiles.URL
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/files/26936493/download/guess.png", "/api/files/1/download/4cac.png"])
def test_a_guessed_url_finds_nothing(api: Api, path: str) -> None:
    assert_error(api.get(path, token=None), 404, "There is no such file.", "Not found")
