"""The processes that ingest: workers that take one event at a time, as Lambda's containers do.

One interpreter runs Python on one core at a time, so that threads alone would leave the others idle.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from chalice.local import LambdaContext

from local.functions.s3_event import Event
from local.progress import outcomes_of_the_log

PRELOADED = [
    "app",
    "chalicelib.adapters.mongo.images",
    "chalicelib.adapters.s3.client",
    "chalicelib.services.intake.ingest",
]
"""Imported once, by the process that the workers are forked from. None of them connects anywhere."""


class FunctionError(Exception):
    """The function raised, in its worker: what, in words. The cause has the traceback."""


class WorkerPool:
    """Calls a function of a module in up to `count` processes, each of which takes one event at a time.

    They are started when there is work for them, and end with the process that has them, also if it
    is killed. Safe to share between threads. `tell` is told how many objects ended in which state.
    """

    def __init__(
        self,
        module: str,
        function: str,
        count: int,
        tell: Callable[[Mapping[str, int]], None] = lambda _: None,
    ) -> None:
        self._tell = tell
        self._module = module
        self._function = function
        self._count = count
        self._lock = threading.Lock()
        self._pool = self._new_pool()

    def __call__(self, event: Event, context: LambdaContext) -> Any:
        """Handle one event, and wait for the function's reply.

        Raises:
            FunctionError: the function raised.
            BrokenProcessPool: a worker died; the next event finds a new one.
        """
        pool = self._pool
        try:
            handled = pool.submit(_handle, self._module, self._function, event, context)
            reply, states = handled.result()
        except BrokenProcessPool:
            self._replace(pool)
            raise
        self._tell(states)
        return reply

    def close(self) -> None:
        """End the workers, after what they are at."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Not by fork: this process has threads, and a lock that one of them holds would stay locked.
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload(PRELOADED)
        return ProcessPoolExecutor(self._count, processes, initializer=_begin)


def _begin() -> None:
    """In a new worker: leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)


def _handle(module: str, function: str, event: Event, context: LambdaContext) -> tuple[Any, dict[str, int]]:
    handler: Any = getattr(importlib.import_module(module), function)
    try:
        with outcomes_of_the_log() as states:
            return handler(event, context), states
    except Exception as error:
        # An exception of its own class might not get through to the other process.
        raise FunctionError(f"{type(error).__name__}: {error}") from error
