"""What a `PersistService` promises."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from chalicelib.domain.model import ObjectKey, ObjectVersion, ReceiptId
from chalicelib.domain.receipts import new_persist_name
from chalicelib.ports import PersistRequest, PersistService

from .object_urls import Fetch


def persist_request(body: bytes, file_name: str = "photo.jpg") -> PersistRequest:
    """A file as ingest hands it over; its object lies under `source`."""
    source = ObjectVersion(ObjectKey("incoming/a.jpg"), "etag", len(body), datetime.now(UTC))
    return PersistRequest(
        ReceiptId("5" * 32), f"{new_persist_name()}.jpg", file_name, "image/jpeg", body, source
    )


class PersistServiceContract:
    """Subclasses give the fixtures `persist` and `fetch`, which GETs a URL of it."""

    def test_the_url_serves_the_file_byte_for_byte(self, persist: PersistService, fetch: Fetch) -> None:
        for body in (b"\xff\xd8\xff" + bytes(range(256)) * 100, b"x"):
            assert fetch(persist.upload(persist_request(body)).url).body == body

    def test_a_url_names_its_file(self, persist: PersistService) -> None:
        answer = persist.upload(persist_request(b"bytes"))
        path = urlsplit(answer.url).path
        assert answer.id in path.split("/")
        assert path.startswith("/api/files/")

    def test_each_file_has_a_url_of_its_own(self, persist: PersistService, fetch: Fetch) -> None:
        bodies = [b"one", b"two", b"two"]
        answers = [persist.upload(persist_request(body)) for body in bodies]
        assert len({answer.url for answer in answers}) == len({answer.id for answer in answers}) == 3
        assert [fetch(answer.url).body for answer in answers] == bodies

    def test_a_file_name_may_be_anything(self, persist: PersistService, fetch: Fetch) -> None:
        for name in ('it\'s "quoted"\\.jpg', "100%+ü 日本.jpg", "a\u202eb.jpg"):
            assert fetch(persist.upload(persist_request(b"bytes", name)).url).body == b"bytes"
