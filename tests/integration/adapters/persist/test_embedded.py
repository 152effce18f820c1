"""The embedded persist store on a real S3 server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from chalicelib.adapters.persist.embedded import EmbeddedPersist
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.errors import FileNotFound
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.layout import Layout
from chalicelib.domain.new_receipts import new_image_id
from chalicelib.ports.services import PersistRequest
from tests.integration.adapters.conftest import BUCKET

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def test_a_file_is_served_whole_to_whoever_has_its_url(s3: S3Client) -> None:
    store = S3ObjectStore(s3, BUCKET)
    persist = EmbeddedPersist(store, Layout())
    key, name = ObjectKey("drop/ID cards/a+b ü.png"), "ab" * 32 + ".png"
    store.put(key, b"photo", content_type="text/html", metadata={"uploaded-by": "Zoë"})
    source = store.get(key).version
    asked = PersistRequest(new_image_id(), name, "a+b ü.png", "image/png", b"photo", source)
    persisted = persist.upload(asked)
    assert persist.upload(asked) == persisted

    reply = requests.get(persist.download_url(persist.find(persisted.id, name)), timeout=10)
    assert (reply.status_code, reply.content) == (200, b"photo")
    assert reply.headers["Content-Type"] == "image/png"
    assert not [header for header in reply.headers if header.lower().startswith("x-amz-meta")]
    with pytest.raises(FileNotFound):
        persist.find(persisted.id, "cd" * 32 + ".png")
