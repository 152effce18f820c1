"""The persist service as a process of its own, which outlives the death of whoever uses it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .faults import RemotePersistServer


@contextmanager
def persist_process() -> Iterator[RemotePersistServer]:
    """A persist service on a free port, which ends with the block; steered and asked over HTTP."""
    command = [sys.executable, "-m", "testing.persist_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield RemotePersistServer(process.stdout.readline().strip())
        finally:
            process.terminate()
