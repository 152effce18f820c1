"""The worker takes what the filer tells it, what SQS's clients send, and the clock."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.functions.lanes import Lane
from local.functions.polling import BucketWatch
from local.functions.receiver import HEALTH, NOTIFICATIONS, SEND, SQS, Receiver
from local.functions.schedule import sweep_repeatedly
from local.functions.sqs_event import Message
from tests.unit.local.engines.test_filer_events import entry, message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOKEN = "secret"


class ListedLane(Lane):
    """A lane that keeps what it is sent."""

    def __init__(self, name: str, prefix: str) -> None:
        super().__init__(name, prefix, lambda *_: None, 1)
        self.bodies: list[dict[str, Any]] = []

    def send(self, body: str) -> Message:
        self.bodies.append(json.loads(body))
        return Message(body)


@pytest.fixture
def incoming() -> Iterator[ListedLane]:
    with closing(ListedLane("incoming", "incoming/")) as lane:
        yield lane


@pytest.fixture
def drop() -> Iterator[ListedLane]:
    with closing(ListedLane("drop", "drop/")) as lane:
        yield lane


@pytest.fixture
def receiver(incoming: ListedLane, drop: ListedLane) -> Receiver:
    return Receiver(TOKEN, "nebula", [incoming, drop])


def post(receiver: Receiver, path: str, body: bytes, token: str = TOKEN, target: str = "") -> str:
    """The status of the answer."""
    statuses: list[str] = []
    environ = {"PATH_INFO": path, "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": f"Bearer {token}"}
    environ["HTTP_X_AMZ_TARGET"] = target
    receiver(environ, lambda status, *_: statuses.append(status) or io.BytesIO().write)  # type: ignore[func-returns-value]
    return statuses[0]


def test_a_message_of_the_filer_becomes_an_event_in_the_lane_of_its_prefix(
    receiver: Receiver, incoming: ListedLane, drop: ListedLane
) -> None:
    assert post(receiver, NOTIFICATIONS, json.dumps(message(entry())).encode()) == "200 OK"
    assert drop.bodies[0]["Records"][0]["s3"]["object"]["key"] == "drop/a+b/x%2By+%C3%A4.jpg"
    assert incoming.bodies == []


@pytest.mark.parametrize("token", ["", "other", "sécret"])
def test_a_message_of_somebody_else_is_refused(receiver: Receiver, drop: ListedLane, token: str) -> None:
    body = json.dumps(message(entry())).encode()
    assert post(receiver, NOTIFICATIONS, body, token) == "401 Unauthorized"
    assert drop.bodies == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b"\xff"])
def test_a_message_that_cannot_be_read_is_logged_and_not_asked_for_again(
    receiver: Receiver, drop: ListedLane, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert post(receiver, NOTIFICATIONS, body) == "200 OK"
    assert drop.bodies == []
    assert "a message of the filer" in caplog.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"QueueUrl": "drop"}', b'{"QueueUrl": "x"}'])
def test_a_call_that_sqs_would_refuse_is_refused(receiver: Receiver, drop: ListedLane, body: bytes) -> None:
    assert post(receiver, SQS, body, target=SEND) == "400 Bad Request"
    assert drop.bodies == []


def test_nothing_else_is_there(receiver: Receiver, drop: ListedLane) -> None:
    assert post(receiver, HEALTH, b"") == "200 OK"
    assert post(receiver, "/other", b"{}") == "404 Not Found"
    assert post(receiver, SQS, b"{}", target="AmazonSQS.PurgeQueue") == "404 Not Found"
    assert drop.bodies == []


@pytest.mark.parametrize("alone", [True, False])
def test_the_sweep_comes_again_also_after_a_failure_and_is_alone_at_most_once(alone: bool) -> None:
    stop, details = threading.Event(), []

    def sweep(event: dict[str, Any], _context: Any) -> None:
        details.append(event["detail"])
        if len(details) == 1:
            raise RuntimeError("a dependency is away")
        if len(details) == 3:
            stop.set()

    sweep_repeatedly(sweep, 0.001, stop, alone)
    assert details == [{"alone": True} if alone else {}, {}, {}]


class ListedBucket:
    """As much of an S3 client as a listing takes."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}

    def get_paginator(self, _operation: str) -> ListedBucket:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's
        at = datetime(2026, 11, 22, tzinfo=UTC)
        found = [
            {"Key": key, "ETag": f'"{etag}"', "Size": 1, "LastModified": at}
            for key, etag in self.objects.items()
            if key.startswith(Prefix)
        ]
        return [{"Contents": found[:1]}, {"Contents": found[1:]}, {}]


def test_a_bucket_that_tells_nothing_is_listed_and_each_content_told_once() -> None:
    bucket = ListedBucket()
    client: S3Client = bucket  # type: ignore[assignment]
    watch = BucketWatch(client, "nebula", ("incoming/", "drop/"))
    bucket.objects = {"drop/a": "1", "drop/b": "1", "incoming/c": "1", "trove/d": "1", "drop/folder/": "1"}
    assert [(new.key, new.etag) for new in watch.look()] == [
        ("incoming/c", "1"),
        ("drop/a", "1"),
        ("drop/b", "1"),
    ]
    bucket.objects = {"drop/a": "2", "drop/b": "1"}
    assert [new.key for new in watch.look()] == ["drop/a"]
    bucket.objects = {"drop/a": "2", "drop/b": "1", "incoming/c": "1"}
    assert [new.key for new in watch.look()] == ["incoming/c"]  # removed and put again
    assert watch.look() == []
