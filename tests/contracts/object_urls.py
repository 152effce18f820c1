"""What an `ObjectStore` promises about its presigned URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import PresignedRequest
from chalicelib.ports.objects import ObjectStore

from .nasty_names import NASTY_NAMES


@dataclass(frozen=True, slots=True)
class ServedFile:
    """What a GET of a URL gave; header names in lower case."""

    body: bytes
    headers: dict[str, str]


Fetch = Callable[[str], ServedFile]
Send = Callable[[PresignedRequest, bytes], bool]


class ObjectUrlsContract:
    """Subclasses give the fixtures `store`, which need not be empty, `fetch`, which GETs a URL of it,
    and `send`, which sends a presigned request with a body and tells whether it was taken."""

    holds: ClassVar = (ObjectStore,)

    def test_a_url_serves_the_object_under_every_name(self, store: ObjectStore, fetch: Fetch) -> None:
        folder = uuid4().hex
        for name in NASTY_NAMES:
            key = ObjectKey(f"{folder}/a set 1%20+é/{name}")
            store.put(key, key.encode(), content_type="image/jpeg")
            served = fetch(store.url_for_get(key, expires_in=60))
            assert (served.body, served.headers["content-type"]) == (key.encode(), "image/jpeg")

    def test_a_url_serves_the_type_and_the_disposition_it_was_made_for(
        self, store: ObjectStore, fetch: Fetch
    ) -> None:
        key = ObjectKey(f"{uuid4().hex}/table.csv")
        store.put(key, b"url\n", content_type="application/json", content_encoding="identity")
        disposition = "attachment; filename=\"a b.csv\"; filename*=UTF-8''a%20%C3%A9.csv"
        url = store.url_for_get(
            key, expires_in=60, content_type="text/csv; charset=utf-8", content_disposition=disposition
        )
        served = fetch(url)
        assert served.body == b"url\n"
        assert served.headers["content-type"] == "text/csv; charset=utf-8"
        assert served.headers["content-disposition"] == disposition
        assert served.headers["content-encoding"] == "identity"

    def test_a_url_serves_the_caching_that_it_was_made_for(self, store: ObjectStore, fetch: Fetch) -> None:
        key = ObjectKey(f"{uuid4().hex}/photo.jpg")
        store.put(key, b"photo")
        url = store.url_for_get(key, expires_in=60, cache_control="private, max-age=60, immutable")
        assert fetch(url).headers["cache-control"] == "private, max-age=60, immutable"

    def test_a_request_to_put_writes_its_key_under_every_name(self, store: ObjectStore, send: Send) -> None:
        folder = uuid4().hex
        for name in NASTY_NAMES:
            key = ObjectKey(f"{folder}/{name}")
            request = store.request_for_put(key, size=5, sha256=None, expires_in=60)
            assert request.method == "PUT"
            assert send(request, b"bytes")
            assert store.get(key).body == b"bytes"

    def test_a_request_to_put_takes_the_declared_length_and_no_other(
        self, store: ObjectStore, send: Send
    ) -> None:
        key = ObjectKey(f"{uuid4().hex}/photo.jpg")
        for wrong in (b"", b"byte", b"bytes+"):
            assert not send(store.request_for_put(key, size=5, sha256=None, expires_in=60), wrong)
        assert store.head(key) is None
        assert send(store.request_for_put(key, size=5, sha256=None, expires_in=60), b"bytes")

    def test_a_request_to_put_takes_the_declared_content_and_no_other(
        self, store: ObjectStore, send: Send
    ) -> None:
        key = ObjectKey(f"{uuid4().hex}/photo.jpg")
        request = store.request_for_put(key, size=5, sha256=sha256(b"bytes").hexdigest(), expires_in=60)
        assert not send(request, b"Bytes")
        assert store.head(key) is None
        assert send(request, b"bytes")
        assert store.get(key).body == b"bytes"
