"""What an `ObjectStore` promises about its presigned URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from chalicelib.domain.model import ObjectKey
from chalicelib.ports import ObjectStore

from .nasty_names import NASTY_NAMES


@dataclass(frozen=True, slots=True)
class ServedFile:
    """What a GET of a URL gave; header names in lower case."""

    body: bytes
    headers: dict[str, str]


Fetch = Callable[[str], ServedFile]


class ObjectUrlsContract:
    """Subclasses give the fixtures `store`, which need not be empty, and `fetch`, which GETs a URL of it."""

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
