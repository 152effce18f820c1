"""Calls the functions that events start, the way Lambda does it for asynchronous invocations."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalice.local import LambdaContext

from local.s3_event import Event

LOGGER = logging.getLogger("local.invocation")
RETRY_AFTER = (1.0, 5.0)
"""Seconds. Lambda repeats a failed event twice too, but after one and two minutes."""
MEMORY_MB = 2048
TIME_LIMIT_SECONDS = 300

Function = Callable[[Event, Any], Any]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way; the context, and so the request id, stays the same on every attempt."""

    event: Event
    context: LambdaContext
    attempts: int = 0


def new_context(function_name: str) -> LambdaContext:
    """The context of a new invocation, with an id of its own."""
    return LambdaContext(function_name, MEMORY_MB, TIME_LIMIT_SECONDS * 1000)


class Invoker:
    """Calls a function for events, `threads` at once, and repeats those that it raises on."""

    def __init__(
        self, function: Function, name: str, threads: int, retry_after: Sequence[float] = RETRY_AFTER
    ) -> None:
        self._function = function
        self._name = name
        self._retry_after = tuple(retry_after)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._timers: set[threading.Timer] = set()
        self._closed = False

    def submit(self, event: Event) -> None:
        """Have an event handled, soon and in any order."""
        self._queue(Invocation(event, new_context(self._name)))

    def close(self) -> None:
        """Let running calls end; what waits is dropped, for the sweep to find."""
        with self._lock:
            self._closed = True
            for timer in self._timers:
                timer.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _queue(self, invocation: Invocation) -> None:
        with self._lock:
            if not self._closed:
                self._pool.submit(self._attempt, invocation)

    def _attempt(self, invocation: Invocation) -> None:
        try:
            self._function(invocation.event, invocation.context)
        except Exception as error:
            request_id = invocation.context.aws_request_id
            if invocation.attempts < len(self._retry_after):
                LOGGER.warning("%s %s failed and will be repeated: %s", self._name, request_id, error)
                self._repeat(invocation)
            else:
                LOGGER.exception("%s %s failed for good; the sweep takes over", self._name, request_id)

    def _repeat(self, failed: Invocation) -> None:
        again = Invocation(failed.event, failed.context, failed.attempts + 1)
        timer = threading.Timer(self._retry_after[failed.attempts], lambda: self._fire(timer, again))
        timer.daemon = True
        with self._lock:
            if not self._closed:
                self._timers.add(timer)
                timer.start()

    def _fire(self, timer: threading.Timer, invocation: Invocation) -> None:
        with self._lock:
            self._timers.discard(timer)
        self._queue(invocation)
