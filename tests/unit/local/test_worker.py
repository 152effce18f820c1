"""The worker takes what the filer tells it, what Lambda's clients invoke, and the clock."""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.polling import BucketWatch
from local.schedule import sweep_repeatedly
from local.worker import HEALTH, NOTIFICATIONS, Receiver
from tests.unit.local.test_filer_events import entry, message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TOKEN = "secret"
INVOCATIONS = "/2015-03-31/functions/ingest/invocations"


@pytest.fixture
def events() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def receiver(events: list[dict[str, Any]]) -> Receiver:
    return Receiver(TOKEN, "ingest", "nebula", ("incoming/", "drop/"), events.append)


def post(receiver: Receiver, path: str, body: bytes, token: str = TOKEN) -> str:
    """The status of the answer."""
    statuses: list[str] = []
    environ = {"PATH_INFO": path, "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": f"Bearer {token}"}
    receiver(environ, lambda status, *_: statuses.append(status) or io.BytesIO().write)  # type: ignore[func-returns-value]
    return statuses[0]


def test_a_message_of_the_filer_becomes_an_event(receiver: Receiver, events: list[dict[str, Any]]) -> None:
    assert post(receiver, NOTIFICATIONS, json.dumps(message(entry())).encode()) == "200 OK"
    assert events[0]["Records"][0]["s3"]["object"]["key"] == "drop/a+b/x%2By+%C3%A4.jpg"


@pytest.mark.parametrize("token", ["", "other", "sécret"])
def test_a_message_of_somebody_else_is_refused(
    receiver: Receiver, events: list[dict[str, Any]], token: str
) -> None:
    body = json.dumps(message(entry())).encode()
    assert post(receiver, NOTIFICATIONS, body, token) == "401 Unauthorized"
    assert events == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b"\xff"])
def test_a_message_that_cannot_be_read_is_logged_and_not_asked_for_again(
    receiver: Receiver, events: list[dict[str, Any]], caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert post(receiver, NOTIFICATIONS, body) == "200 OK"
    assert events == []
    assert "a message of the filer" in caplog.text


def test_an_invocation_brings_its_event_along(receiver: Receiver, events: list[dict[str, Any]]) -> None:
    assert post(receiver, INVOCATIONS, b'{"Records": []}') == "202 Accepted"
    assert events == [{"Records": []}]
    assert post(receiver, INVOCATIONS, b"{") == "400 Bad Request"
    assert len(events) == 1


def test_nothing_else_is_there(receiver: Receiver, events: list[dict[str, Any]]) -> None:
    assert post(receiver, HEALTH, b"") == "200 OK"
    assert post(receiver, "/other", b"{}") == "404 Not Found"
    assert events == []


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
