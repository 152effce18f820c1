"""The adapters that need no engine keep what the ports promise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
import pytest
from botocore.awsrequest import AWSResponse
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.adapters.persist.embedded import EmbeddedPersist
from chalicelib.adapters.persist.files import PersistedFileReader
from chalicelib.adapters.persist.http_downloads import HttpDownloads
from chalicelib.adapters.sqs.client import sqs_client
from chalicelib.adapters.sqs.failed_events import SqsFailedEvents
from chalicelib.adapters.sqs.ingest_trigger import SqsIngestTrigger
from chalicelib.adapters.tokens.verifier import JwtVerifier
from chalicelib.config import TokenConfig
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.layout import Layout
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.domain.users import User
from chalicelib.events.s3 import object_versions
from tests.contracts.failed_events import CameBack, FailedEventsContract, GiveUp
from tests.contracts.ingest_trigger import IngestTriggerContract, Started, versions
from tests.contracts.object_urls import Fetch, ServedFile
from tests.contracts.persist_service import Keep, PersistServiceContract, persist_request
from tests.contracts.persisted_files import KeepFile, LoseFile, PersistedFilesContract
from tests.contracts.token_verifier import TokenVerifierContract
from tests.fakes.object_store import InMemoryBucket

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

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


@pytest.fixture
def sqs() -> Iterator[SQSClient]:
    """An AWS in memory with the queues of the intake."""
    with mock_aws():
        yield sqs_client()


def bodies(client: SQSClient, queue: str) -> list[str]:
    """The messages in a queue, which holds none of them any more."""
    found = []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


class TestSqsIngestTrigger(IngestTriggerContract):
    """The messages are read as the function reads them."""

    @pytest.fixture
    def queues(self, sqs: SQSClient) -> dict[str, str]:
        """The lanes' URLs by their names."""
        return {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("incoming", "drop")}

    @pytest.fixture
    def trigger(self, sqs: SQSClient, queues: dict[str, str]) -> SqsIngestTrigger:
        return SqsIngestTrigger(sqs, "photos", "incoming/", queues["incoming"], queues["drop"])

    @pytest.fixture
    def started(self, sqs: SQSClient, queues: dict[str, str]) -> Started:
        return lambda: [
            version
            for queue in queues.values()
            for body in bodies(sqs, queue)
            for version in object_versions(json.loads(body))
        ]

    def test_each_object_goes_into_the_lane_of_its_prefix(
        self, sqs: SQSClient, queues: dict[str, str], trigger: SqsIngestTrigger
    ) -> None:
        announced = replace(versions(["1.jpg"])[0], key=ObjectKey("incoming/a/b/0/1.jpg"))
        trigger.trigger([*versions(["1.jpg", "2.jpg"]), announced])
        assert [len(bodies(sqs, queue)) for queue in queues.values()] == [1, 2]

    def test_a_queue_that_is_throttled_is_a_fault_that_may_pass(
        self, sqs: SQSClient, trigger: SqsIngestTrigger
    ) -> None:
        with Stubber(sqs) as stubber:
            stubber.add_client_error("send_message_batch", "RequestThrottled", http_status_code=400)
            with pytest.raises(TransientFault, match="SendMessageBatch: RequestThrottled"):
                trigger.trigger(versions(["1.jpg"]))

    def test_a_message_that_was_not_taken_is_told(self, sqs: SQSClient, trigger: SqsIngestTrigger) -> None:
        refused = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
        with Stubber(sqs) as stubber:
            stubber.add_response("send_message_batch", {"Successful": [], "Failed": [refused]})
            with pytest.raises(TransientFault, match="1 failed, InternalError"):
                trigger.trigger(versions(["1.jpg", "2.jpg"]))


class TestSqsFailedEvents(FailedEventsContract):
    """moto has no redrive: the one call for it is carried out here, as SQS does it."""

    @pytest.fixture
    def lane(self, sqs: SQSClient) -> str:
        return sqs.create_queue(QueueName="drop")["QueueUrl"]

    @pytest.fixture
    def dead_letters(self, sqs: SQSClient, lane: str) -> str:
        queue = sqs.create_queue(QueueName="failed")["QueueUrl"]

        def redrive(params: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, str]]:
            assert json.loads(params["body"])["SourceArn"].endswith(":failed")
            for body in bodies(sqs, queue):
                sqs.send_message(QueueUrl=lane, MessageBody=body)
            return AWSResponse(params["url"], 200, {}, None), {"TaskHandle": "t"}  # type: ignore[arg-type]

        handler: Any = redrive
        sqs.meta.events.register("before-call.sqs.StartMessageMoveTask", handler)
        return queue

    @pytest.fixture
    def failed(self, sqs: SQSClient, dead_letters: str) -> SqsFailedEvents:
        return SqsFailedEvents(sqs, dead_letters)

    @pytest.fixture
    def give_up(self, sqs: SQSClient, dead_letters: str) -> GiveUp:
        def give_up(count: int) -> None:
            for n in range(count):
                sqs.send_message(QueueUrl=dead_letters, MessageBody=str(n))

        return give_up

    @pytest.fixture
    def came_back(self, sqs: SQSClient, lane: str) -> CameBack:
        return lambda: len(bodies(sqs, lane))


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
