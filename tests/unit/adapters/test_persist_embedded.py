"""The embedded persist store: one object per upload, found by its whole URL only."""

from __future__ import annotations

import re

import pytest

from chalicelib.adapters.persist_embedded import EmbeddedPersist
from chalicelib.domain.errors import FileNotFound, ObjectChanged
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import ImageId, ObjectKey, PersistedFile
from chalicelib.ports import PersistRequest
from tests.fakes.object_store import InMemoryBucket

IMAGE_ID = ImageId("6b0358327d283168aedac649")
NAME = "4cac5898807f4daab74bc7ce09aef1f537ed91ac9c8b4cf9903c9e614e1123db.jpg"
URL = re.compile(r"/api/files/([0-9]{8,10})/download/([0-9a-f]{64}\.jpg)")


@pytest.fixture
def bucket() -> InMemoryBucket:
    return InMemoryBucket()


@pytest.fixture
def persist(bucket: InMemoryBucket) -> EmbeddedPersist:
    return EmbeddedPersist(bucket, Layout())


def request_for(bucket: InMemoryBucket, image_id: ImageId = IMAGE_ID) -> PersistRequest:
    key = ObjectKey("incoming/photo.jpg")
    bucket.put(key, b"photo", content_type="text/html", metadata={"uploaded-by": "vedant"})
    source = bucket.get(key).version
    return PersistRequest(image_id, NAME, "photo.jpg", "image/jpeg", b"photo", source)


def place(persisted: PersistedFile) -> tuple[str, str]:
    match = URL.fullmatch(persisted.url)
    assert match
    return match[1], match[2]


def test_an_upload_gives_a_url_like_the_documented_ones(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    persisted = persist.upload(request_for(bucket))
    assert place(persisted) == (persisted.id, NAME)


@pytest.mark.parametrize("end", ["000000", "ffffff"])
def test_every_number_has_eight_digits(bucket: InMemoryBucket, persist: EmbeddedPersist, end: str) -> None:
    persisted = persist.upload(request_for(bucket, ImageId(IMAGE_ID[:18] + end)))
    assert len(place(persisted)[0]) == 8


def test_a_repeated_upload_has_the_same_url_and_another_one_another(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    other = ImageId(IMAGE_ID[:-1] + "a")
    first, again, later = (persist.upload(request_for(bucket, it)) for it in (IMAGE_ID, IMAGE_ID, other))
    assert first == again != later


def test_the_url_of_an_upload_serves_its_bytes_as_the_type_that_was_detected(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    persisted = persist.upload(request_for(bucket))
    body, headers = bucket.open_url(persist.download_url(*place(persisted)))
    assert (body, headers) == (b"photo", {"content-type": "image/jpeg", "content-disposition": "attachment"})


def test_a_file_is_read_if_it_is_not_too_large(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    number, name = place(persist.upload(request_for(bucket)))
    assert persist.read(number, name, most_bytes=5) == b"photo"
    assert persist.read(number, name, most_bytes=4) is None
    with pytest.raises(FileNotFound):
        persist.read(number, name.replace(".jpg", ".png"), most_bytes=5)


def test_a_stored_file_says_nothing_of_its_uploader(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    persist.upload(request_for(bucket))
    [key] = bucket.keys("persist/")
    assert bucket.get(key).metadata == {}


def test_a_repeated_upload_gives_the_same_url_and_stores_one_file(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    request = request_for(bucket)
    assert persist.upload(request) == persist.upload(request)
    assert len(bucket.keys("persist/")) == 1


def test_a_source_that_was_replaced_is_not_stored(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    request = request_for(bucket)
    bucket.put(request.source.key, b"another photo")
    with pytest.raises(ObjectChanged):
        persist.upload(request)
    assert bucket.keys("persist/") == []


@pytest.mark.parametrize("name", [NAME.replace("4", "5"), NAME.replace(".jpg", ".png")])
def test_there_is_no_file_under_another_name(
    bucket: InMemoryBucket, persist: EmbeddedPersist, name: str
) -> None:
    persisted = persist.upload(request_for(bucket))
    with pytest.raises(FileNotFound):
        persist.download_url(persisted.id, name)


def test_there_is_no_file_under_another_number(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    persisted = persist.upload(request_for(bucket))
    with pytest.raises(FileNotFound):
        persist.download_url(str(int(persisted.id) + 1), NAME)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("", NAME),
        ("..", NAME),
        ("1" * 21, NAME),
        ("１２３", NAME),
        ("1/2", NAME),
        ("1\n", NAME),
        ("-1", NAME),
        ("1", NAME.upper()),
        ("1", NAME + "\n"),
        ("1", NAME[1:]),
        ("1", f"../{NAME}"),
        ("1", NAME.removesuffix(".jpg")),
        ("1", NAME.removesuffix("jpg")),
        ("1", NAME + "/../../../trove/a.jpg"),
        ("1", NAME.replace(".jpg", ".jpg.html")),
        ("1", ""),
    ],
)
def test_what_is_no_persist_url_is_not_even_looked_up(
    bucket: InMemoryBucket, persist: EmbeddedPersist, number: str, name: str
) -> None:
    with pytest.raises(FileNotFound):
        persist.download_url(number, name)
    assert bucket.faults.calls == []
