"""Events reach functions as Lambda's asynchronous invocation brings them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from local.invocation import Invoker

SOON = (0.001, 0.002)
PATIENCE = 10


class Function:
    """Fails a number of times and tells when it has been called often enough."""

    def __init__(self, failures: int, calls: int) -> None:
        self._failures = failures
        self._calls = calls
        self.request_ids: list[str] = []
        self.enough = threading.Event()

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        self.request_ids.append(context.aws_request_id)
        number = len(self.request_ids)
        if number >= self._calls:
            self.enough.set()
        if number <= self._failures:
            raise RuntimeError("a dependency is away")


def test_an_event_that_fails_comes_twice_more_under_the_same_request_id() -> None:
    function = Function(failures=2, calls=3)
    invoker = Invoker(function, "ingest", threads=1, retry_after=SOON)
    invoker.submit({"n": 1})
    assert function.enough.wait(PATIENCE)
    invoker.close()
    assert len(function.request_ids) == 3
    assert len(set(function.request_ids)) == 1


def test_an_event_that_always_fails_is_left_to_the_sweep_with_its_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    function = Function(failures=99, calls=3)
    invoker = Invoker(function, "ingest", threads=1, retry_after=SOON)
    invoker.submit({})
    assert function.enough.wait(PATIENCE)
    invoker.close()
    assert len(function.request_ids) == 3
    last = caplog.records[-1]
    assert "the sweep takes over" in last.getMessage()
    assert last.exc_info


def test_each_event_is_an_invocation_of_its_own() -> None:
    function = Function(failures=0, calls=5)
    invoker = Invoker(function, "ingest", threads=3)
    for _ in range(5):
        invoker.submit({})
    assert function.enough.wait(PATIENCE)
    invoker.close()
    assert len(set(function.request_ids)) == 5


def test_closing_waits_for_what_runs_and_drops_what_waits() -> None:
    began, go_on, calls = threading.Event(), threading.Event(), []

    def function(event: dict[str, Any], _context: Any) -> None:
        began.set()
        go_on.wait(PATIENCE)
        calls.append(event["n"])

    invoker = Invoker(function, "ingest", threads=1)
    invoker.submit({"n": 1})
    invoker.submit({"n": 2})
    assert began.wait(PATIENCE)
    closer = threading.Thread(target=invoker.close)
    closer.start()
    closer.join(0.3)
    assert closer.is_alive()
    go_on.set()
    closer.join(PATIENCE)
    assert calls == [1]
    invoker.submit({"n": 3})  # somebody tells of an object while the stack ends: no fault
    assert calls == [1]
