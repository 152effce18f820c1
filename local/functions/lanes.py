"""The queues of the intake, each a lane of its own: what SQS and its mapping onto a function do."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from local.functions.invocation import Function, new_context
from local.functions.s3_event import CreatedObject, object_created
from local.functions.sqs_event import Message, batch_of
from local.progress import IntakeCounter

LOGGER = logging.getLogger("local.functions.lanes")
RETRY_AFTER = (1.0, 5.0, 25.0, 60.0, 60.0)
"""Seconds, longer in all than a dead attempt's lease. SQS repeats a message every twelve minutes instead,
thirty times, and keeps what is left; here the sweep takes over."""


class MessageFailed(Exception):
    """The function's reply names the message as one to be repeated."""


class Lane:
    """A queue whose messages a function is called for, `threads` at once; failed ones come again.

    It takes what lies under `prefix`. Another lane never waits for this one.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        function: Function,
        threads: int,
        retry_after: Sequence[float] = RETRY_AFTER,
        counter: IntakeCounter | None = None,
    ) -> None:
        self.counter = counter or IntakeCounter()
        self.name = name
        self.prefix = prefix
        self._function = function
        self._retry_after = tuple(retry_after)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._timers: set[threading.Timer] = set()
        self._waiting: dict[str, str] = {}
        self._closed = False

    def send(self, body: str) -> Message:
        """Have the event in a message handled, soon and in any order."""
        message = Message(body)
        self.counter.came()
        self._queue(message)
        return message

    def waiting(self) -> dict[str, str]:
        """The bodies of the messages that nothing has been done about yet, by the messages' ids."""
        with self._lock:
            return dict(self._waiting)

    def close(self) -> None:
        """Let running calls end; what waits is dropped, for the sweep to find."""
        with self._lock:
            self._closed = True
            for timer in self._timers:
                timer.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _queue(self, message: Message) -> None:
        with self._lock:
            if not self._closed:
                self._waiting[message.id] = message.body
                self._pool.submit(self._attempt, message)

    def _attempt(self, message: Message) -> None:
        with self._lock:
            del self._waiting[message.id]
        try:
            reply = self._function(batch_of(message, self.name), new_context("ingest"))
            if (reply or {}).get("batchItemFailures"):
                raise MessageFailed(str(reply))
        except Exception as error:
            if message.receives <= len(self._retry_after):
                LOGGER.warning("%s %s failed and will be repeated: %s", self.name, message.id, error)
                self._repeat(message)
            else:
                self.counter.went(given_up=True)
                LOGGER.exception("%s %s failed for good; the sweep takes over", self.name, message.id)
        else:
            self.counter.went()

    def _repeat(self, failed: Message) -> None:
        again = replace(failed, receives=failed.receives + 1)
        timer = threading.Timer(self._retry_after[failed.receives - 1], lambda: self._fire(timer, again))
        timer.daemon = True
        with self._lock:
            if not self._closed:
                self._timers.add(timer)
                timer.start()

    def _fire(self, timer: threading.Timer, message: Message) -> None:
        with self._lock:
            self._timers.discard(timer)
        self._queue(message)


def tell(lanes: Iterable[Lane], created: CreatedObject) -> None:
    """Send the event of a created object into the lane that its key belongs to, as S3 does it."""
    for lane in lanes:
        if created.key.startswith(lane.prefix):
            lane.send(json.dumps(object_created(created)))
