"""The embedded persist store: one object per upload, found by its whole URL only."""

from __future__ import annotations

import re

import pytest

from chalicelib.adapters.persist.embedded import EmbeddedPersist, hide_names
from chalicelib.domain.errors import FileNotFound, ObjectChanged, TransientFault
from chalicelib.domain.ids import ImageId, ObjectKey
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.layout import Layout
from chalicelib.domain.stored_files import ByteRange
from chalicelib.ports.services import PersistRequest
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
    body, headers = bucket.open_url(persist.download_url(persist.find(*place(persisted))))
    assert (body, headers) == (b"photo", {"content-type": "image/jpeg", "content-disposition": "attachment"})


def test_a_file_is_read_whole_or_in_part(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    file = persist.find(*place(persist.upload(request_for(bucket))))
    assert (file.size, file.content_type) == (5, "image/jpeg")
    assert persist.read(file) == b"photo"
    assert persist.read(file, ByteRange(1, 3)) == b"hot"


def test_a_file_that_goes_between_the_look_and_the_reading_is_not_found(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    file = persist.find(*place(persist.upload(request_for(bucket))))
    bucket.delete([file.version.key])
    for part in (None, ByteRange(0, 1)):
        with pytest.raises(FileNotFound):
            persist.read(file, part)


def test_whoever_lists_the_bucket_learns_no_url(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    number, name = place(persist.upload(request_for(bucket)))
    [key] = bucket.keys("persist/")
    shown = key.rsplit("/", 1)[-1]
    assert shown not in name
    for guess in (shown, f"{shown}.jpg", name.replace(name[:64], shown)):
        with pytest.raises(FileNotFound):
            persist.find(number, guess)


def lies_under_its_name(bucket: InMemoryBucket, number: str = "26936493") -> tuple[str, str]:
    """A file as releases before the digest stored it."""
    bucket.put(ObjectKey(f"persist/{number}/{NAME}"), b"old photo", content_type="image/jpeg")
    return number, NAME


def test_a_file_that_an_older_release_stored_is_found(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    assert persist.read(persist.find(*lies_under_its_name(bucket))) == b"old photo"


def test_an_older_releases_files_get_keys_that_tell_no_url_and_keep_their_urls(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    new, old = place(persist.upload(request_for(bucket))), lies_under_its_name(bucket)

    assert hide_names(bucket, Layout()) == 1
    assert [key for key in bucket.keys("persist/") if NAME in key] == []
    assert persist.read(persist.find(*old)) == b"old photo"
    assert persist.read(persist.find(*new)) == b"photo"
    assert bucket.objects[persist.find(*old).version.key].content_type == "image/jpeg"
    assert hide_names(bucket, Layout()) == 0


def test_a_move_that_breaks_off_is_begun_again_and_loses_nothing(
    bucket: InMemoryBucket, persist: EmbeddedPersist
) -> None:
    old = lies_under_its_name(bucket)
    bucket.fail_next("delete")
    with pytest.raises(TransientFault):
        hide_names(bucket, Layout())
    assert persist.read(persist.find(*old)) == b"old photo"
    assert hide_names(bucket, Layout()) == 1
    assert len(bucket.keys("persist/")) == 1


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
        persist.find(persisted.id, name)


def test_there_is_no_file_under_another_number(bucket: InMemoryBucket, persist: EmbeddedPersist) -> None:
    persisted = persist.upload(request_for(bucket))
    with pytest.raises(FileNotFound):
        persist.find(str(int(persisted.id) + 1), NAME)


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
        persist.find(number, name)
    assert bucket.faults.calls == []
