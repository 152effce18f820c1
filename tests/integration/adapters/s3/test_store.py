"""The bucket over boto3, on a real S3 server."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from chalicelib.adapters.s3.faults import S3Refused
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.errors import ObjectChanged, TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import PresignedRequest
from tests.contracts.object_store import ObjectStoreContract
from tests.fakes.canned_s3 import refusing
from tests.integration.adapters.conftest import BUCKET

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MEGABYTE = 1024 * 1024


@pytest.fixture
def store(s3: S3Client) -> S3ObjectStore:
    return S3ObjectStore(s3, BUCKET)


class TestS3ObjectStore(ObjectStoreContract):
    pass


def test_a_list_and_a_delete_of_more_than_one_page_are_whole(store: S3ObjectStore) -> None:
    keys = [ObjectKey(f"many/{n:05}") for n in range(1050)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, b""), keys))
    assert [version.key for version in store.list("many/")] == keys
    store.delete(keys)
    assert list(store.list("many/")) == []


def test_objects_that_cannot_be_deleted_are_reported_and_the_others_go(store: S3ObjectStore) -> None:
    store.put(ObjectKey("deletable"), b"")
    with pytest.raises(TransientFault, match="1 of 2 failed"):
        store.delete([ObjectKey("not/../taken"), ObjectKey("deletable")])
    assert store.head(ObjectKey("deletable")) is None


def test_a_copy_gets_the_content_type_that_was_asked_for(s3: S3Client, store: S3ObjectStore) -> None:
    store.put(ObjectKey("typed"), b"x", content_type="image/png")
    store.copy(ObjectKey("typed"), ObjectKey("same-type"))
    store.copy(ObjectKey("typed"), ObjectKey("other-type"), content_type="image/jpeg")
    store.copy(ObjectKey("typed"), ObjectKey("no-type"), metadata={"reason": "too large"})
    keys = ("same-type", "other-type", "no-type")
    types = [s3.head_object(Bucket=BUCKET, Key=key)["ContentType"] for key in keys]
    assert types == ["image/png", "image/jpeg", "application/octet-stream"]


def test_a_compressed_object_is_served_as_such(s3: S3Client, store: S3ObjectStore) -> None:
    store.put(ObjectKey("reply"), b"gz", content_type="application/json", content_encoding="gzip")
    head = s3.head_object(Bucket=BUCKET, Key="reply")
    assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")
    assert store.get(ObjectKey("reply")).body == b"gz"


def test_a_presigned_url_serves_the_object_as_asked_and_to_nobody_without_it(store: S3ObjectStore) -> None:
    key = ObjectKey("drop/ID cards/a+b 100% ü.jpg")
    store.put(key, b"photo")
    disposition = "attachment; filename*=UTF-8''%C3%BC.jpg"
    url = store.url_for_get(key, expires_in=60, content_type="image/jpeg", content_disposition=disposition)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    reply = requests.get(url, timeout=10)
    assert (reply.status_code, reply.content) == (200, b"photo")
    assert reply.headers["Content-Type"] == "image/jpeg"
    assert reply.headers["Content-Disposition"] == disposition
    assert requests.get(url.split("?")[0], timeout=10).status_code == 403
    assert requests.get(url.replace("image%2Fjpeg", "text%2Fhtml"), timeout=10).status_code == 403


def sent(request: PresignedRequest, body: bytes, **headers: str) -> int:
    """The status of a presigned request that carries `body`; `headers` replace its own."""
    wanted = {**request.headers, "Content-Length": str(len(body)), **headers}
    wanted = {name: value for name, value in wanted.items() if value}
    return requests.request(request.method, request.url, data=body, headers=wanted, timeout=10).status_code


def test_a_presigned_put_takes_the_declared_bytes_and_no_others(store: S3ObjectStore) -> None:
    key = ObjectKey("incoming/ID cards/0/a+b 100% ü.jpg")
    request = store.request_for_put(key, size=5, sha256=hashlib.sha256(b"photo").hexdigest(), expires_in=60)
    of_others = b64encode(hashlib.sha256(b"other").digest()).decode()
    assert sent(request, b"other") == 400
    assert sent(request, b"other", **{"x-amz-checksum-sha256": of_others}) == 403
    assert sent(request, b"photo", **{"x-amz-checksum-sha256": ""}) == 403
    assert sent(request, b"photo and more") in (400, 403)
    elsewhere = replace(request, url=request.url.replace("incoming", "trove"))
    assert sent(elsewhere, b"photo") == 403
    assert store.head(key) is None
    assert sent(request, b"photo") == 200
    assert store.get(key).body == b"photo"


def test_a_presigned_put_without_checksum_binds_the_size(store: S3ObjectStore) -> None:
    key = ObjectKey("incoming/1/of unknown content.jpg")
    request = store.request_for_put(key, size=5, sha256=None, expires_in=60)
    assert sent(request, b"photo and more") in (400, 403)
    assert store.head(key) is None
    assert sent(request, b"photo") == 200
    assert store.get(key).body == b"photo"


def test_a_copy_too_large_for_one_request_goes_in_parts(s3: S3Client) -> None:
    store = S3ObjectStore(s3, BUCKET, copy_part_bytes=5 * MEGABYTE)
    source, target = ObjectKey("größe 11 MB"), ObjectKey("copy in parts")
    store.put(source, bytes(11 * MEGABYTE), content_type="image/tiff", metadata={"uploaded-by": "Zoë"})
    etag = store.get(source).version.etag
    # as Amazon answers when the source is over 5 GB
    with refusing(s3, "CopyObject", 400, "InvalidRequest", "larger than the maximum allowable size"):
        store.copy(source, target, etag=etag)
        copied = s3.head_object(Bucket=BUCKET, Key=target)
        assert copied["ETag"].endswith('-3"')
        assert (copied["ContentLength"], copied["ContentType"]) == (11 * MEGABYTE, "image/tiff")
        assert store.get(target).metadata == {"uploaded-by": "Zoë"}

        store.copy(source, target, etag=etag, content_type="image/png", metadata={"reason": "größer"})
        assert s3.head_object(Bucket=BUCKET, Key=target)["ContentType"] == "image/png"
        assert store.get(target).metadata == {"reason": "größer"}

        with pytest.raises(ObjectChanged):
            store.copy(source, target, etag="0" * 32)


@pytest.mark.parametrize("size", [100, 5 * MEGABYTE])
def test_a_copy_and_a_read_by_etag_are_right_while_the_object_is_being_replaced(
    store: S3ObjectStore, size: int
) -> None:
    key, target = ObjectKey("raced"), ObjectKey("raced-copy")
    wanted, other = b"A" * size, b"B" * size
    store.put(key, wanted)
    etag = store.get(key).version.etag
    outcomes: set[str] = set()

    def replace() -> None:
        for n in range(40):
            store.put(key, (other, wanted)[n % 2])

    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(replace)
        while not replacing.done() or "got" not in outcomes:
            try:
                store.copy(key, target, etag=etag)
                assert store.get(target).body == wanted
                assert store.get(key, etag).body == wanted
                outcomes.add("got")
            except ObjectChanged:
                outcomes.add("changed")
        replacing.result()
    assert outcomes == {"got", "changed"}


def test_a_wrong_bucket_or_key_is_refused_for_good(s3: S3Client, store: S3ObjectStore) -> None:
    elsewhere = S3ObjectStore(s3, "no-such-bucket")
    with pytest.raises(S3Refused, match="NoSuchBucket"):
        elsewhere.get(ObjectKey("photo.jpg"))
    with pytest.raises(S3Refused, match="KeyTooLong"):
        store.put(ObjectKey("k" * 1100), b"")
