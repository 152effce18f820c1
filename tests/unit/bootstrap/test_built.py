"""What several threads ask for first, at once, is built once, and one thing at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier
from time import sleep

import pytest

from chalicelib.bootstrap.built import built

ROOT = Path(__file__).parents[3]
THREADS = 8
SETTINGS = {
    "NEBULA_BUCKET": "b",
    "MONGODB_URI": "mongodb://127.0.0.1:1/nebula",
    "NEBULA_TOKEN_SECRET": "0" * 32,
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Parts:
    """Two parts; it counts how many are under way at once."""

    def __init__(self) -> None:
        self.under_way, self.most, self.numbers = 0, 0, count()

    def _build(self) -> int:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        sleep(0.02)
        self.under_way -= 1
        return next(self.numbers)

    @built
    def one(self) -> int:
        return self._build()

    @built
    def another(self) -> int:
        return self._build()

    @built
    def both(self) -> tuple[int, int]:
        return self.one, self.another


def test_parts_are_built_once_and_one_at_a_time_whoever_asks() -> None:
    parts, together = Parts(), Barrier(THREADS)

    def ask(name: str) -> object:
        together.wait(10)
        return getattr(parts, name)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, ["one", "another", "both", "one"] * (THREADS // 4)))
    assert (parts.most, sorted(parts.both)) == (1, [0, 1])


@pytest.mark.parametrize("handler", ["sweep", "ingest", "upload_sessions"])
def test_threads_of_a_fresh_process_may_ask_for_all_services_at_once(handler: str) -> None:
    """In a process of its own, since this one has imported everything."""
    code = f"""
import threading
from chalicelib import bootstrap
names = [{handler!r}, "claims", "browse", "accept_files", "audit", "receipts", "health", "delete_images"]
together, found = threading.Barrier(len(names)), []
def ask(name):
    together.wait(10)
    found.append((id(bootstrap.services()), name, getattr(bootstrap.services(), name)))
threads = [threading.Thread(target=ask, args=(name,)) for name in names]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(found), len({{it[0] for it in found}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **SETTINGS}, capture_output=True, text=True
    )
    assert (done.stdout.split(), done.stderr) == (["8", "1"], "")
