"""From a put into the S3 server to the event that a function gets."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from waitress.server import create_server

from chalicelib.adapters.sqs.client import sqs_client
from chalicelib.adapters.sqs.ingest_trigger import SqsIngestTrigger
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import ObjectVersion
from local.engines.filer_event import watched_paths
from local.engines.seaweedfs import PORT_FLAGS, SeaweedFS, Webhook
from local.functions.lanes import Lane
from local.functions.receiver import NOTIFICATIONS, Receiver
from local.home import Home
from local.processes.ports import LOOPBACK
from local.processes.service import running
from testing.ports import draw_ports

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET = "watched"
INTAKE = ("incoming/", "drop/")
SECONDS = 30.0
"""On a busy machine; usually it is milliseconds."""
PART = 5 * 1024 * 1024


@dataclass(frozen=True)
class Intake:
    """An S3 client, and the events that its puts lead to."""

    s3: S3Client
    events: queue.Queue[dict[str, Any]]
    receiver: str

    def next(self) -> tuple[str, str, int]:
        """Key, ETag and size in the next event."""
        (record,) = self.events.get(timeout=SECONDS)["Records"]
        found = record["s3"]["object"]
        return unquote_plus(found["key"]), found["eTag"], found["size"]

    def head(self, key: str) -> tuple[str, str, int]:
        """What S3 clients see of an object."""
        head = self.s3.head_object(Bucket=BUCKET, Key=key)
        return key, head["ETag"].strip('"'), head["ContentLength"]

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """A server whose changes a receiver turns into events, as in the stack."""
    home = Home(tmp_path_factory.mktemp("watched"))
    home.prepare()
    ports = draw_ports(home.ports, [*PORT_FLAGS, "worker"])
    secrets = home.secrets()
    events: queue.Queue[dict[str, Any]] = queue.Queue()

    def note(event: dict[str, Any], _context: object) -> None:
        (record,) = event["Records"]
        events.put(json.loads(record["body"]))

    lanes = [Lane(prefix.rstrip("/"), prefix, note, 1) for prefix in INTAKE]
    receiver = Receiver(secrets.hook_token, BUCKET, lanes)
    server: Any = create_server(receiver, host=LOOPBACK, port=ports["worker"])  # type: ignore[no-untyped-call]
    thread = threading.Thread(target=server.run)
    thread.start()
    webhook = Webhook(
        f"http://{LOOPBACK}:{ports['worker']}{NOTIFICATIONS}",
        secrets.hook_token,
        watched_paths(BUCKET, INTAKE),
    )
    service = SeaweedFS(home, secrets, ports, BUCKET, webhook)
    try:
        with running(home, service):
            yield Intake(service.client(), events, f"http://{LOOPBACK}:{ports['worker']}")
    finally:
        for lane in lanes:
            lane.close()
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(SECONDS)


@pytest.mark.parametrize(
    "key",
    [
        "drop/plain/a.jpg",
        "drop/100%/a+b c%20d%2Fe.jpg",
        "drop/%2e%2e/x..y",
        "drop/名前/🙂 e\u0301.png",
        "drop/\"quoted\" 'n' <b>&amp;?#=/x.jpg",
        "drop/ blanks /x ",
        "drop/.uploads/x.jpg",
        "drop/in no folder.jpg",
        pytest.param("drop/" + "%E4" * 166 + "/" + "ä" * 127 + "x", id="longest names"),
        "incoming/60a615cba968f97e6ca568f1/60a615cba968f97e6ca568f2/0/front side.jpg",
    ],
)
def test_a_put_becomes_one_event_with_its_very_key_and_etag(intake: Intake, key: str) -> None:
    intake.put(key, key.encode())
    assert intake.next() == intake.head(key)


def test_a_multipart_upload_becomes_one_event_with_its_etag(intake: Intake) -> None:
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
    intake.s3.upload_fileobj(BytesIO(bytes(2 * PART + 7)), BUCKET, "drop/big/a b.tif", Config=config)
    key, etag, size = intake.next()
    assert (key, etag, size) == intake.head("drop/big/a b.tif")
    assert etag.endswith("-3")
    assert intake.events.empty()


def test_presigned_uploads_and_copies_become_events(intake: Intake) -> None:
    url = intake.s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "incoming/p/é.jpg"})
    assert requests.put(url, data=b"put", timeout=5).status_code == 200
    assert intake.next() == intake.head("incoming/p/é.jpg")
    form = intake.s3.generate_presigned_post(BUCKET, "incoming/p/posted")
    reply = requests.post(form["url"], data=form["fields"], files={"file": b"posted"}, timeout=5)
    assert reply.status_code == 204
    assert intake.next() == intake.head("incoming/p/posted")
    intake.s3.copy_object(
        Bucket=BUCKET, Key="drop/p/copy", CopySource={"Bucket": BUCKET, "Key": "incoming/p/posted"}
    )
    assert intake.next() == intake.head("drop/p/copy")


def test_every_put_to_the_same_key_becomes_an_event(intake: Intake) -> None:
    for body in (b"one", b"two", b"two", b""):
        intake.put("drop/again/x.jpg", body)
        assert intake.next() == intake.head("drop/again/x.jpg")


def test_output_folders_deletes_and_tags_become_none(intake: Intake) -> None:
    intake.put("trove/a/x.jpg", b"x")
    intake.put("dropped/x.jpg", b"x")
    intake.put("drop/folder/", b"")
    intake.put("drop/t/x.jpg", b"x")
    assert intake.next()[0] == "drop/t/x.jpg"
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    intake.s3.put_object_tagging(Bucket=BUCKET, Key="drop/t/x.jpg", Tagging=tags)  # type: ignore[arg-type]
    intake.s3.delete_object(Bucket=BUCKET, Key="drop/t/x.jpg")
    intake.put("drop/t/last.jpg", b"x")
    assert intake.next()[0] == "drop/t/last.jpg"


def test_a_burst_loses_nothing(intake: Intake) -> None:
    keys = {f"drop/burst/{number}.jpg" for number in range(200)}
    for key in keys:
        intake.put(key, b"x")
    assert {intake.next()[0] for _ in keys} == keys
    assert intake.events.empty()


@pytest.fixture
def sqs(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQSClient]:
    """The app's client, in the environment of the laptop's API."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", intake.receiver)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = sqs_client()
    yield client
    client.close()  # the receiver ends when nobody is connected any more


def test_a_retry_on_demand_goes_through_the_same_queues(intake: Intake, sqs: SQSClient) -> None:
    trigger = SqsIngestTrigger(sqs, BUCKET, "incoming/", "incoming", "drop")
    keys = [f"drop/ä +%/{n}.jpg" for n in range(25)] + ["incoming/a/b/0/c.jpg"]
    trigger.trigger([ObjectVersion(ObjectKey(key), "e", 7, datetime.now(UTC)) for key in keys])
    assert {intake.next() for _ in keys} == {(key, "e", 7) for key in keys}


def test_a_queue_that_is_not_there_is_a_dependencys_fault(intake: Intake, sqs: SQSClient) -> None:
    trigger = SqsIngestTrigger(sqs, BUCKET, "incoming/", "incoming", "no such queue")
    with pytest.raises(TransientFault, match="QueueDoesNotExist"):
        trigger.trigger([ObjectVersion(ObjectKey("drop/a/b.jpg"), "e", 7, datetime.now(UTC))])
