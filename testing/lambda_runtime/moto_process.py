"""moto's AWS as a process of its own, which no other test can reset."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.processes.ports import LOOPBACK, is_answering
from testing.ports import draw_ports

_START_SECONDS = 60.0


@contextmanager
def moto_process(folder: Path) -> Iterator[str]:
    """A fresh account; gives its endpoint. Its port and log are kept in `folder`.

    Raises:
        AssertionError: it did not come up.
    """
    port = draw_ports(folder / "moto-port.json", ["moto"])["moto"]
    log = folder / "moto.log"
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            end = time.monotonic() + _START_SECONDS
            while not is_answering(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.02)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.terminate()
