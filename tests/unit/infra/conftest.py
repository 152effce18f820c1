"""Services over a bucket on moto, everything else in memory, that note what IAM would be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.adapters.persist.embedded import EmbeddedPersist
from chalicelib.adapters.persist.files import PersistedFileReader
from chalicelib.adapters.persist.http_downloads import HttpDownloads
from chalicelib.adapters.s3.client import s3_client
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.bootstrap import Services
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import ObjectVersion
from infra.roles import BUCKET, REGION, Request, on_bucket, on_object
from tests.fakes.config import a_config
from tests.fakes.ports import InMemoryPorts

READS = ("HeadObject", "GetObject")


class OnMoto(InMemoryPorts):
    """Everything in memory but the bucket, whose every request is noted."""

    def __init__(self) -> None:
        super().__init__()
        client = s3_client(region=REGION)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.requests: list[Request] = []
        self.operations: list[str] = []
        client.meta.events.register("provide-client-params.s3", self._note)
        self.store = S3ObjectStore(client, BUCKET)  # type: ignore[assignment]
        layout = a_config().layout
        self.persist = EmbeddedPersist(self.store, layout)  # type: ignore[assignment]
        self.persisted_files = PersistedFileReader(self.store, layout, HttpDownloads())  # type: ignore[assignment]

    def _note(self, params: dict[str, Any], model: Any, **_: object) -> None:
        self.operations.append(model.name)
        self.requests += requests_of(model.name, params)

    def object(self, key: str, body: bytes) -> ObjectVersion:
        """Put an object as a client would; its version, as an event tells of it."""
        self.store.put(ObjectKey(key), body)
        head = self.store.head(ObjectKey(key))
        assert head is not None
        self.requests.clear()
        return head.version


def requests_of(operation: str, params: dict[str, Any]) -> list[Request]:
    """What IAM is asked for one S3 request."""
    if operation == "ListObjectsV2":
        return [on_bucket("s3:ListBucket")]
    if operation == "DeleteObjects":
        return [on_object("s3:DeleteObject", entry["Key"]) for entry in params["Delete"]["Objects"]]
    key = params["Key"]
    if operation in READS:
        return [on_object("s3:GetObject", key), on_bucket("s3:ListBucket")]
    if operation == "CopyObject":
        source = params["CopySource"]["Key"]
        return [
            on_object("s3:GetObject", source),
            on_object("s3:GetObjectTagging", source),
            on_object("s3:PutObject", key),
            on_object("s3:PutObjectTagging", key),
        ]
    return [on_object(f"s3:{operation}", key)]


@pytest.fixture
def ports() -> Iterator[OnMoto]:
    with mock_aws():
        yield OnMoto()


@pytest.fixture
def services(ports: OnMoto) -> Services:
    return Services(a_config(bucket=BUCKET, wait_seconds=0.0), ports)
