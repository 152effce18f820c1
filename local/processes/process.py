"""One process of the stack: started to end with its starter, logging to a file, known by a pid file.

Starting must happen in the main thread: on Linux the signal comes when the *thread* ends that
started the process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.home import Home

PARENT_DEATH = Path(__file__).with_name("parent_death.py")
MAX_LOG_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: the program's absolute path and its arguments, its whole environment, its folder."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


class Process:
    """A running process of the stack on `home`, called `name` there."""

    def __init__(self, home: Home, name: str, command: Command) -> None:
        self.name = name
        self._log = home.log(name)
        self._pid_file = home.pid(name)
        _turn_log(self._log)
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(PARENT_DEATH),
                    str(psutil.Process().pid),
                    *command.argv,
                ],
                env=dict(command.environment),
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
            )
        self._pid_file.write_text(json.dumps({"pid": self.pid, "argv": command.argv}))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal), or None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def end(self, seconds: float) -> bool:
        """Wait for it to end, and kill it if it has not after `seconds`; whether it ended by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            self._pid_file.unlink(missing_ok=True)
        return True

    def log_tail(self) -> str:
        """The last 64 KB of what it wrote since it was started."""
        with self._log.open("rb") as log:
            log.seek(max(self._log_start, self._log.stat().st_size - 65_536))
            return log.read().decode(errors="replace")


def _turn_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def end_leftovers(home: Home, seconds: float = 15) -> list[str]:
    """End the processes that a killed stack left behind on this home.

    A pid file alone is no proof: a process is ended only if its command line is the recorded one.
    Returns the names of those that were still there.
    """
    found: dict[psutil.Process, str] = {}
    for pid_file in sorted(home.pid("*").parent.glob("*.json")):
        process = _still_running(pid_file)
        if process is not None:
            found[process] = pid_file.stem
    for process in found:
        process.terminate()
    for process in psutil.wait_procs(found, timeout=seconds)[1]:
        process.kill()
        process.wait()
    for pid_file in home.pid("*").parent.glob("*.json"):
        pid_file.unlink(missing_ok=True)
    return list(found.values())


def _still_running(pid_file: Path) -> psutil.Process | None:
    try:
        record = json.loads(pid_file.read_text())
        process = psutil.Process(int(record["pid"]))
        argv = [str(argument) for argument in record["argv"]]
        is_ours = process.cmdline()[-len(argv) :] == argv
    except (psutil.Error, ValueError, KeyError, TypeError, OSError):
        return None
    return process if is_ours else None
