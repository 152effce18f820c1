"""Ports for tests: whoever runs tests on this machine draws from a block of its own.

A port is free until its server listens, so two that draw at once could take the same one; what then
answers is somebody else's server. A block belongs to one process until it ends.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from local.processes.ports import CANDIDATES, SHADOWS, choose_ports, is_free

BLOCK = 200
"""Of so many ports that none comes round again while what was given it may not listen yet."""
CHOICE = 3
"""So many candidates for each name, since some may be taken by others."""


class Block:
    """A part of the ports that no other process of this user draws from, as long as this one lives."""

    def __init__(self, ports: Sequence[int], lock: FileLock | None) -> None:
        self._ports = deque(ports)
        self._lock = lock

    @property
    def ports(self) -> set[int]:
        """All of them."""
        return set(self._ports)

    def take(self, count: int) -> list[int]:
        """The next ones in turn that nobody listens on, `SHADOWS` of theirs included."""
        taken: list[int] = []
        for _ in range(len(self._ports)):
            port = self._ports[0]
            self._ports.rotate(-1)
            if all(is_free(port + above) for above in (0, *SHADOWS.values())):
                taken.append(port)
            if len(taken) == count:
                return taken
        raise RuntimeError(f"{count} free ports were wanted, there are {len(taken)}")

    def give_back(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            self._lock.release()


def take_block() -> Block:
    """A block that is free now; all ports, without a claim to them, should there be none."""
    folder = Path(tempfile.gettempdir()) / f"nebula-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    starts = list(range(CANDIDATES.start, CANDIDATES.stop, BLOCK))
    random.shuffle(starts)
    for start in starts:
        lock = FileLock(folder / str(start), thread_local=False)
        with suppress(Timeout):
            lock.acquire(timeout=0)
            return Block(range(start, start + BLOCK), lock)
    return Block(random.sample(CANDIDATES, len(CANDIDATES)), None)


@cache
def own_block() -> Block:
    """This process's block."""
    return take_block()


def draw_ports(path: Path, names: Iterable[str]) -> dict[str, int]:
    """As `choose_ports`, of this process's block."""
    names = list(names)
    return choose_ports(path, names, own_block().take(CHOICE * len(names)))
