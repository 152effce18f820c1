"""A whole stack, as `make run` starts it: on free ports, in a home of its own, as other programs see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from local.engines.s3_client import s3_of
from local.engines.seaweedfs import PORT_FLAGS
from local.environment import read_dev_env
from local.home import Home
from local.processes.ports import LOOPBACK
from testing.ports import draw_ports

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[1]
START_SECONDS = 150.0
"""Many times what it takes, since a machine may be busy with the other tests."""


class LaptopStack:
    """A stack on `home`. `settings` are environment variables that differ from the defaults."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = draw_ports(home / "test-port.json", ["gateway"])["gateway"]
        if not Home(home).ports.exists():  # else they are those of a stack that may be running
            draw_ports(Home(home).ports, ["worker", "mongod", *PORT_FLAGS])
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._said = ""
        self._is_silent = False
        self._more = threading.Condition()

    def start(self) -> None:
        """Start it and wait until it takes requests."""
        self.launch()
        self.wait_until_it_says("listens on")

    def launch(self) -> None:
        """Start it without waiting."""
        self._said, self._is_silent = "", False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local", "run"],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=[self._process.stdout], daemon=True)
        self._reader.start()

    def environment(self) -> dict[str, str]:
        """The environment that its starter has."""
        own = {"NEBULA_HOME": str(self.home), "NEBULA_PORT": str(self.port)}
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**inherited, **own, **self._settings}

    @property
    def said(self) -> str:
        """What it has printed since it was started."""
        with self._more:
            return self._said

    def wait_until_it_says(self, words: str, seconds: float = START_SECONDS) -> None:
        """Wait for words on its terminal.

        Raises:
            AssertionError: it ended, or let the time pass, without saying them.
        """
        with self._more:
            self._more.wait_for(lambda: words in self._said or self._is_silent, seconds)
            assert words in self._said, f"it said:\n{self._said}"

    def wait_until_it_ended(self, seconds: float = 30.0) -> int:
        """Its exit code."""
        assert self._process is not None
        assert self._reader is not None
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        return code

    def interrupt(self) -> None:
        """Ctrl-C, and wait until everything has ended."""
        self.signal(signal.SIGINT)
        self.wait_until_it_ended()

    def kill(self) -> None:
        """Kill its first process without warning, as the system does when memory runs out."""
        self.signal(signal.SIGKILL)
        self.wait_until_it_ended()

    def stop(self) -> None:
        """End it if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.interrupt()

    def signal(self, number: signal.Signals) -> None:
        """Send its first process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def variables(self) -> dict[str, str]:
        """What `dev.env` says."""
        return read_dev_env(self.home / "dev.env")

    @property
    def url(self) -> str:
        """The API's base URL."""
        return f"http://{LOOPBACK}:{self.port}/nebula/backend"

    def token(self, user: str = "vedant", role: str = "admin") -> str:
        """What `make token` prints."""
        command = [sys.executable, "-m", "local", "token", "--user", user, "--role", role]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def s3(self, connections: int = 10) -> S3Client:
        """An S3 client with the credentials of `dev.env`."""
        return s3_of(self.variables, connections)

    def _read(self, output: IO[str]) -> None:
        with output:
            for line in output:
                with self._more:
                    self._said += line
                    self._more.notify_all()
        with self._more:
            self._is_silent = True
            self._more.notify_all()
