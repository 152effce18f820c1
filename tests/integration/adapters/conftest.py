"""The bucket as the function sees it: by its own client, set up from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from chalicelib.adapters.s3.client import s3_client
from local.engines.seaweedfs import REGION, SeaweedFS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "nebula-test-adapters"


@pytest.fixture(scope="session")
def s3(seaweedfs: SeaweedFS) -> Iterator[S3Client]:
    """A client of the running server; `BUCKET` is there and is not emptied between tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", seaweedfs.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", seaweedfs.secrets.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", seaweedfs.secrets.secret_key)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        client = s3_client()
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
