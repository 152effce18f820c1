"""Many callers at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from chalicelib.domain.errors import NebulaError

Result = TypeVar("Result")


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result | NebulaError]:
    """Run all jobs, each in a thread of its own and none before all are ready.

    Returns what each gave or which of our errors it raised, in the order of the jobs.
    """
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], Result]) -> Result | NebulaError:
        barrier.wait(timeout=30)
        try:
            return job()
        except NebulaError as error:
            return error

    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        return list(pool.map(run, jobs))
