"""Events are handled in processes of their own, which come and go as containers do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.functions.invocation import new_context
from local.functions.worker_pool import FunctionError, WorkerPool

pytestmark = pytest.mark.timeout(60)

SUPERVISED = """
import sys
from local.functions.worker_pool import WorkerPool
from local.functions.invocation import new_context
one = WorkerPool("tests.fakes.functions", "handle", 1)
one({"folder": sys.argv[1], "then": "sleep"}, new_context("ingest"))
"""


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with closing(WorkerPool("tests.fakes.functions", "handle", 2)) as two:
        yield two


def handle(pool: WorkerPool, folder: Path, **event: Any) -> int:
    """Have an event handled; the process that did it."""
    context = new_context("ingest")
    pool({"folder": str(folder), **event}, context)
    return int((folder / context.aws_request_id).read_text())


def test_events_are_handled_at_once_in_other_processes(pool: WorkerPool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        events = [threads.submit(handle, pool, tmp_path, then="meet", others=2) for _ in range(2)]
        processes = {event.result() for event in events}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_what_the_function_raises_is_told_with_its_traceback(pool: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(FunctionError, match="OddError: MongoDB is away") as caught:
        handle(pool, tmp_path, then="raise")
    assert "in handle" in str(caught.value.__cause__)
    assert handle(pool, tmp_path)


def test_a_worker_that_dies_fails_its_event_and_the_next_event_finds_another(
    pool: WorkerPool, tmp_path: Path
) -> None:
    for _ in range(3):
        with pytest.raises(BrokenProcessPool):
            handle(pool, tmp_path, then="die")
        assert psutil.pid_exists(handle(pool, tmp_path))


def test_workers_end_with_a_starter_that_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", SUPERVISED, str(tmp_path)])
    worker = psutil.Process(_first_pid(tmp_path))
    starter.kill()
    starter.wait()
    worker.wait(timeout=10)
    assert not worker.is_running()


def _first_pid(folder: Path) -> int:
    while True:
        for file in folder.iterdir():
            if text := file.read_text():
                return int(text)
        time.sleep(0.01)
