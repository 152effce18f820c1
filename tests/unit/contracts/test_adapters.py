"""The adapters that need no engine keep what the ports promise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import jwt
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.adapters.ingest_trigger import LambdaIngestTrigger, lambda_client
from chalicelib.adapters.persist_embedded import EmbeddedPersist
from chalicelib.adapters.persist_http_downloads import HttpDownloads
from chalicelib.adapters.persisted_files import PersistedFileReader
from chalicelib.adapters.tokens import JwtVerifier
from chalicelib.config import TokenConfig
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import ObjectKey, ObjectVersion, PersistedFile, User
from chalicelib.events.s3 import object_versions
from tests.contracts.ingest_trigger import IngestTriggerContract, Started, versions
from tests.contracts.object_urls import Fetch, ServedFile
from tests.contracts.persist_service import Keep, PersistServiceContract, persist_request
from tests.contracts.persisted_files import KeepFile, LoseFile, PersistedFilesContract
from tests.contracts.token_verifier import TokenVerifierContract
from tests.fakes.object_store import InMemoryBucket

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECRET = "0123456789abcdef0123456789abcdef"


class TestEmbeddedPersist(PersistServiceContract):
    @pytest.fixture
    def bucket(self) -> InMemoryBucket:
        return InMemoryBucket()

    @pytest.fixture
    def persist(self, bucket: InMemoryBucket) -> EmbeddedPersist:
        return EmbeddedPersist(bucket, Layout())

    @pytest.fixture
    def keep(self, bucket: InMemoryBucket) -> Keep:
        def keep(body: bytes) -> ObjectVersion:
            bucket.put(ObjectKey("incoming/photo.jpg"), body)
            return bucket.get(ObjectKey("incoming/photo.jpg")).version

        return keep

    @pytest.fixture
    def fetch(self, persist: EmbeddedPersist, bucket: InMemoryBucket) -> Fetch:
        def fetch(url: str) -> ServedFile:
            *_, number, _, name = urlsplit(url).path.split("/")
            return ServedFile(*bucket.open_url(persist.download_url(persist.find(number, name))))

        return fetch


class TestEmbeddedFiles(PersistedFilesContract):
    @pytest.fixture
    def bucket(self) -> InMemoryBucket:
        return InMemoryBucket()

    @pytest.fixture
    def files(self, bucket: InMemoryBucket) -> PersistedFileReader:
        return PersistedFileReader(bucket, Layout(), HttpDownloads())

    @pytest.fixture
    def keep_file(self, bucket: InMemoryBucket) -> KeepFile:
        def keep(body: bytes) -> PersistedFile:
            key = ObjectKey("incoming/photo.jpg")
            bucket.put(key, body)
            request = persist_request(body, keep=lambda _: bucket.get(key).version)
            return EmbeddedPersist(bucket, Layout()).upload(request)

        return keep

    @pytest.fixture
    def lose_file(self, bucket: InMemoryBucket) -> LoseFile:
        def lose(persisted: PersistedFile) -> None:
            *_, number, _, name = persisted.url.split("/")
            bucket.delete([Layout().persist_key(number, name)])

        return lose


class TestLambdaIngestTrigger(IngestTriggerContract):
    """Over an AWS in memory that has the function; the events are read as the function reads them."""

    @pytest.fixture
    def client(self) -> Iterator[LambdaClient]:
        with mock_aws(config={"lambda": {"use_docker": False}}):
            yield lambda_client()

    @pytest.fixture
    def trigger(self, client: LambdaClient) -> LambdaIngestTrigger:
        trust = boto3.client("iam").create_role(RoleName="ingest", AssumeRolePolicyDocument="{}")
        client.create_function(
            FunctionName="ingest",
            Role=trust["Role"]["Arn"],
            Runtime="python3.11",
            Handler="app.ingest",
            Code={"ZipFile": b"no code runs"},
        )
        return LambdaIngestTrigger(client, "ingest", "photos")

    @pytest.fixture
    def started(self, client: LambdaClient) -> Started:
        events: list[bytes] = []

        def note(params: dict[str, Any], **_: object) -> None:
            assert params["InvocationType"] == "Event"
            events.append(params["Payload"])

        client.meta.events.register("provide-client-params.lambda.Invoke", note)
        return lambda: [version for event in events for version in object_versions(json.loads(event))]

    def test_a_function_that_cannot_be_started_now_is_a_fault_that_may_pass(
        self, client: LambdaClient, trigger: LambdaIngestTrigger
    ) -> None:
        with Stubber(client) as stubber:
            stubber.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
            with pytest.raises(TransientFault, match="ingest: TooManyRequests"):
                trigger.trigger(versions(["1.jpg"]))


class TestJwtVerifier(TokenVerifierContract):
    @pytest.fixture
    def verifier(self) -> JwtVerifier:
        return JwtVerifier(TokenConfig(secret=SECRET))

    @pytest.fixture
    def issue(self) -> Callable[[User], str]:
        def issue(user: User) -> str:
            expiry = datetime.now(UTC) + timedelta(hours=1)
            claims = {"sub": user.name, "role": user.role, "iss": "nebula", "aud": "nebula", "exp": expiry}
            return jwt.encode(claims, SECRET, algorithm="HS256")

        return issue
