"""Which of S3's faults another attempt may cure."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from mypy_boto3_s3 import S3Client

from chalicelib.adapters.s3.client import s3_client
from chalicelib.adapters.s3.faults import S3Refused
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.errors import ObjectChanged, TransientFault
from chalicelib.domain.ids import ObjectKey
from tests.fakes.canned_s3 import failing, refusing

KEY = ObjectKey("persist/26936493/secret-name.jpg")
URL = f"https://s3.test/{KEY}"
CALLS: dict[str, Callable[[S3ObjectStore], object]] = {
    "HeadObject": lambda store: store.head(KEY),
    "GetObject": lambda store: store.get(KEY, "etag"),
    "PutObject": lambda store: store.put(KEY, b""),
    "CopyObject": lambda store: store.copy(KEY, KEY),
    "DeleteObjects": lambda store: store.delete([KEY]),
    "DeleteObject": lambda store: store.delete([ObjectKey("bell\x07")]),
    "ListObjectsV2": lambda store: list(store.list("")),
}


@pytest.fixture(scope="module")
def client() -> S3Client:
    """One that does not try again."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    session = boto3.Session("test", "test-secret", region_name="us-east-1")
    return session.client("s3", config=once)


@pytest.fixture
def store(client: S3Client) -> S3ObjectStore:
    return S3ObjectStore(client, "nebula-test")


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "SlowDown"),
        (500, "InternalError"),
        (502, "BadGateway"),
        (429, "TooMany"),
        (400, "RequestTimeout"),
    ],
)
def test_a_busy_or_broken_s3_may_be_asked_again(
    client: S3Client, store: S3ObjectStore, operation: str, status: int, code: str
) -> None:
    with refusing(client, operation, status, code), pytest.raises(TransientFault) as fault:
        CALLS[operation](store)
    assert type(fault.value) is TransientFault
    assert fault.value.dependency == "S3"
    assert operation in fault.value.problem


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL, error="refused"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_s3_that_does_not_answer_may_be_asked_again_and_no_key_is_told(
    client: S3Client, store: S3ObjectStore, operation: str, error: Exception
) -> None:
    with failing(client, operation, error), pytest.raises(TransientFault) as fault:
        CALLS[operation](store)
    assert "secret-name" not in str(fault.value)


@pytest.mark.parametrize("operation", CALLS)
def test_missing_permission_is_no_transient_fault(
    client: S3Client, store: S3ObjectStore, operation: str
) -> None:
    with refusing(client, operation, 403, "AccessDenied"), pytest.raises(S3Refused):
        CALLS[operation](store)


def test_missing_credentials_are_no_transient_fault(client: S3Client, store: S3ObjectStore) -> None:
    with failing(client, "PutObject", NoCredentialsError()), pytest.raises(S3Refused):
        store.put(KEY, b"")


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (412, "PreconditionFailed")])
@pytest.mark.parametrize("operation", ["GetObject", "CopyObject"])
def test_an_object_that_is_gone_or_replaced_is_told_apart(
    client: S3Client, store: S3ObjectStore, operation: str, status: int, code: str
) -> None:
    with refusing(client, operation, status, code), pytest.raises(ObjectChanged) as change:
        CALLS[operation](store)
    assert change.value.key == KEY


def test_the_client_asks_amazon_by_bucket_host_and_any_other_server_by_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def url(client: S3Client) -> str:
        return S3ObjectStore(client, "nebula-test").url_for_get(KEY, expires_in=60)

    assert url(s3_client(region="ap-south-1")).startswith("https://nebula-test.s3.ap-south-1.amazonaws.com/")
    by_argument = s3_client(endpoint_url="http://minio:9000", region="us-east-1")
    assert url(by_argument).startswith("http://minio:9000/nebula-test/")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://localhost:8333")
    assert url(s3_client(region="us-east-1")).startswith("http://localhost:8333/nebula-test/")
