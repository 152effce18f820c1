"""Ports for tests that run side by side: each worker of pytest-xdist draws from a part of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from local.processes.ports import CANDIDATES, choose_ports

MOST_WORKERS = 16


def own_candidates() -> range:
    """The ports that no other worker of this run draws; all of them where there is one process.

    A port is free until its server listens: two workers that drew at once could otherwise take one.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return CANDIDATES
    share = len(CANDIDATES) // MOST_WORKERS
    first = CANDIDATES.start + share * (int(worker.removeprefix("gw")) % MOST_WORKERS)
    return range(first, first + share)


def draw_ports(path: Path, names: Iterable[str]) -> dict[str, int]:
    """As `choose_ports`, of this worker's own."""
    return choose_ports(path, names, own_candidates())
