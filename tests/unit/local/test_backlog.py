"""What waits for its turn is announced once, and only when it has waited for a moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.uploads import ObjectVersion
from local.backlog import Backlog
from local.functions.lanes import Lane
from local.functions.s3_event import CreatedObject, Event, object_created


def a_body(key: str) -> str:
    return json.dumps(object_created(CreatedObject(bucket="nebula", key=key, size=3, etag="e", at_ns=10**18)))


def test_what_waits_for_longer_than_a_moment_is_announced_once() -> None:
    waiting, announced = {"1": a_body("drop/a/1.jpg")}, list[str]()
    backlog = Backlog(lambda: waiting, lambda versions: announced.extend(v.key for v in versions))
    backlog.look()
    assert announced == []
    waiting["2"] = a_body("drop/a/2.jpg")
    backlog.look()
    assert announced == ["drop/a/1.jpg"]
    backlog.look()
    backlog.look()
    assert announced == ["drop/a/1.jpg", "drop/a/2.jpg"]


def test_what_could_not_be_announced_is_at_the_next_look() -> None:
    faults, announced = [TransientFault("MongoDB", "no primary")], list[str]()

    def announce(versions: Sequence[ObjectVersion]) -> None:
        if faults:
            raise faults.pop()
        announced.extend(version.key for version in versions)

    backlog = Backlog(lambda: {"1": a_body("drop/a/1.jpg")}, announce)
    backlog.look()
    with pytest.raises(TransientFault):
        backlog.look()
    backlog.look()
    assert announced == ["drop/a/1.jpg"]


def test_an_event_that_tells_of_nothing_known_is_in_nobodys_way() -> None:
    waiting, announced = {"0": "{", "1": '{"Records": "no list"}', "2": a_body("drop/a/2.jpg")}, list[str]()
    backlog = Backlog(lambda: waiting, lambda versions: announced.extend(v.key for v in versions))
    backlog.look()
    backlog.look()
    assert announced == ["drop/a/2.jpg"]


def test_a_message_waits_until_something_is_done_about_it() -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def function(_event: Event, _context: object) -> None:
        begun.release()
        may_end.wait(30)

    with closing(Lane("drop", "drop/", function, 1)) as lane:
        lane.send("first")
        begun.acquire()
        second = lane.send("second")
        assert lane.waiting() == {second.id: "second"}
        may_end.set()
        begun.acquire()
        assert lane.waiting() == {}
