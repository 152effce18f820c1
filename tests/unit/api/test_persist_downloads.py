"""The download route of the embedded persist store: the URL is the key."""

from __future__ import annotations

import pytest

from tests.fakes.services import FakePersistedFiles

from .speaking import Api, assert_error


def test_whoever_has_the_url_is_sent_to_the_file(api: Api) -> None:
    response = api.get("/api/files/26936493/download/4cac.png", token=None)

    assert response.status_code == 302
    assert response.headers["Location"] == FakePersistedFiles.URL
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.body == b""


@pytest.mark.parametrize("path", ["/api/files/26936493/download/guess.png", "/api/files/1/download/4cac.png"])
def test_a_guessed_url_finds_nothing(api: Api, path: str) -> None:
    assert_error(api.get(path, token=None), 404, "There is no such file.", "Not found")
