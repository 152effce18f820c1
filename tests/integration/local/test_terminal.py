"""What a person sees in the terminal of `make run` while files come in."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

from testing.client import Bucket
from testing.photos import photo_jpeg
from testing.stack import ROOT, LaptopStack


def test_one_line_moves_while_files_come_in_and_says_when_all_is_done(tmp_path: Path) -> None:
    stack = LaptopStack(tmp_path)
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "local", "run"]
    process = subprocess.Popen(command, cwd=ROOT, env=stack.environment(), stdout=slave, stderr=slave)
    os.close(slave)
    try:
        seen = _read_until(master, b"Ctrl-C ends everything.")
        assert f"Open in a browser, what it can do: {stack.url}/docs".encode() in seen
        bucket = Bucket(stack.s3(), "nebula")
        for n in range(30):
            bucket.put(f"drop/Watched/{n}.jpg", photo_jpeg(n, 640, 480))
        bucket.put("drop/Watched/notes.jpg", b"no pixels")
        seen = _read_until(master, b"receipts?state=rejected.")
    finally:
        process.send_signal(signal.SIGINT)
        _drain(master)
        process.wait(60)
        os.close(master)
    assert b" waiting" in seen
    assert b"\r\x1b[K" in seen
    assert b"All done: 30 stored, 1 rejected in " in seen


def _read_until(master: int, words: bytes, seconds: float = 90) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while words not in seen:
        assert time.monotonic() < end, seen
        seen += os.read(master, 65_536)
    return seen


def _drain(master: int) -> None:
    """Read what is still said, until the other side has closed."""
    try:
        while os.read(master, 65_536):
            pass
    except OSError:  # so Linux tells that nobody writes any more
        return
