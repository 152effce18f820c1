"""What a `PersistService` promises."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.new_receipts import new_image_id, new_persist_name
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.services import PersistRequest, PersistService

from .object_urls import Fetch
from .rows import NOON

Keep = Callable[[bytes], ObjectVersion]


def keep_nowhere(body: bytes) -> ObjectVersion:
    """A source that lies in no bucket, for a service that is sent the bytes."""
    return ObjectVersion(ObjectKey(f"incoming/{uuid4().hex}"), "etag", len(body), NOON)


def persist_request(body: bytes, file_name: str = "photo.jpg", keep: Keep = keep_nowhere) -> PersistRequest:
    """A file as ingest hands it over."""
    name = f"{new_persist_name()}{sha256(body).hexdigest()[:32]}.jpg"
    return PersistRequest(new_image_id(), name, file_name, "image/jpeg", body, keep(body))


class PersistServiceContract:
    """Subclasses give the fixtures `persist` and `fetch`, which GETs a URL of it."""

    holds: ClassVar = (PersistService,)

    @pytest.fixture
    def keep(self) -> Keep:
        """Puts a file where the service finds it, if it looks into the bucket."""
        return keep_nowhere

    def test_the_url_serves_the_file_byte_for_byte(
        self, persist: PersistService, fetch: Fetch, keep: Keep
    ) -> None:
        for body in (b"\xff\xd8\xff" + bytes(range(256)) * 100, b"x"):
            assert fetch(persist.upload(persist_request(body, keep=keep)).url).body == body

    def test_a_url_names_its_file(self, persist: PersistService, keep: Keep) -> None:
        answer = persist.upload(persist_request(b"bytes", keep=keep))
        path = urlsplit(answer.url).path
        assert answer.id in path.split("/")
        assert path.startswith("/api/files/")

    def test_each_upload_has_a_url_of_its_own(
        self, persist: PersistService, fetch: Fetch, keep: Keep
    ) -> None:
        bodies = [b"one", b"two", b"two"]
        answers = [persist.upload(persist_request(body, keep=keep)) for body in bodies]
        assert len({answer.url for answer in answers}) == len({answer.id for answer in answers}) == 3
        assert [fetch(answer.url).body for answer in answers] == bodies

    def test_a_file_name_may_be_anything(self, persist: PersistService, fetch: Fetch, keep: Keep) -> None:
        for name in ('it\'s "quoted"\\.jpg', "100%+ü 日本.jpg", "a\u202eb.jpg"):
            assert fetch(persist.upload(persist_request(b"bytes", name, keep)).url).body == b"bytes"
