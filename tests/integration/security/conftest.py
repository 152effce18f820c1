"""A real S3 server for attacks on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.adapters.s3.client import s3_client
from chalicelib.adapters.s3.store import S3ObjectStore
from local.engines.seaweedfs import SeaweedFS


@pytest.fixture
def store(aws_environment: SeaweedFS, bucket: str) -> Iterator[S3ObjectStore]:
    """The adapter in an empty bucket."""
    client = s3_client()
    yield S3ObjectStore(client, bucket)
    client.close()
