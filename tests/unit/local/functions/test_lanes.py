"""Messages reach functions as SQS and its mappings bring them, each lane for itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from local.functions.lanes import Lane, tell
from local.functions.s3_event import CreatedObject

SOON = (0.001, 0.002)
PATIENCE = 10


class Function:
    """Fails a number of times, in one way or the other, and tells when it has been called often enough."""

    def __init__(self, failures: int, calls: int, *, by_reply: bool = False) -> None:
        self._failures = failures
        self._calls = calls
        self._by_reply = by_reply
        self.records: list[dict[str, Any]] = []
        self.request_ids: list[str] = []
        self.enough = threading.Event()

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        (record,) = event["Records"]
        self.records.append(record)
        self.request_ids.append(context.aws_request_id)
        number = len(self.request_ids)
        if number >= self._calls:
            self.enough.set()
        if number > self._failures:
            return {"batchItemFailures": []}
        if self._by_reply:
            return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
        raise RuntimeError("a dependency is away")


def a_lane(function: Any, threads: int = 1) -> closing[Lane]:
    return closing(Lane("drop", "drop/", function, threads, SOON))


@pytest.mark.parametrize("by_reply", [False, True], ids=["raised", "named in the reply"])
def test_a_message_that_fails_comes_again_as_the_same_message_of_another_invocation(by_reply: bool) -> None:
    function = Function(failures=2, calls=3, by_reply=by_reply)
    with a_lane(function) as lane:
        sent = lane.send("{}")
        assert function.enough.wait(PATIENCE)
    assert [record["messageId"] for record in function.records] == [sent.id] * 3
    receives = [record["attributes"]["ApproximateReceiveCount"] for record in function.records]
    assert receives == ["1", "2", "3"]
    assert len(set(function.request_ids)) == 3


def test_a_message_that_always_fails_is_left_to_the_sweep_with_its_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    function = Function(failures=99, calls=3)
    with a_lane(function) as lane:
        lane.send("{}")
        assert function.enough.wait(PATIENCE)
    assert len(function.records) == 3
    last = caplog.records[-1]
    assert "the sweep takes over" in last.getMessage()
    assert last.exc_info


def test_a_message_is_handed_over_as_a_queues_record() -> None:
    function = Function(failures=0, calls=1)
    with a_lane(function) as lane:
        lane.send('{"Records": []}')
        assert function.enough.wait(PATIENCE)
    (record,) = function.records
    assert (record["eventSource"], record["body"]) == ("aws:sqs", '{"Records": []}')
    assert record["eventSourceARN"].endswith(":drop")


def test_closing_waits_for_what_runs_and_drops_what_waits() -> None:
    began, go_on, calls = threading.Event(), threading.Event(), []

    def function(event: dict[str, Any], _context: Any) -> None:
        began.set()
        go_on.wait(PATIENCE)
        calls.append(event["Records"][0]["body"])

    lane = Lane("drop", "drop/", function, 1)
    lane.send("1")
    lane.send("2")
    assert began.wait(PATIENCE)
    closer = threading.Thread(target=lane.close)
    closer.start()
    closer.join(0.3)
    assert closer.is_alive()
    go_on.set()
    closer.join(PATIENCE)
    assert calls == ["1"]
    lane.send("3")  # somebody tells of an object while the stack ends: no fault
    assert calls == ["1"]


@pytest.fixture
def blocked() -> Iterator[tuple[Any, threading.Event]]:
    """A function that ends when it may."""
    go_on = threading.Event()
    yield (lambda _event, _context: go_on.wait(PATIENCE)), go_on
    go_on.set()


def test_a_full_drop_lane_does_not_hold_up_what_a_person_waits_for(blocked: Any) -> None:
    stuck, go_on = blocked
    function = Function(failures=0, calls=1)
    incoming, drop = Lane("incoming", "incoming/", function, 1), Lane("drop", "drop/", stuck, 1)
    for n in range(1000):
        tell([incoming, drop], CreatedObject("nebula", f"drop/a/{n}.jpg", 1, "e", 0))
    tell([incoming, drop], CreatedObject("nebula", "incoming/a/b/0/c.jpg", 1, "e", 0))
    assert function.enough.wait(PATIENCE)
    go_on.set()
    incoming.close()
    drop.close()
    (record,) = function.records
    assert json.loads(record["body"])["Records"][0]["s3"]["object"]["key"] == "incoming/a/b/0/c.jpg"
