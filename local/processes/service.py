"""What the supervisor knows of each process of the stack."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from local.errors import Interrupted, ServiceFailed
from local.home import Home
from local.processes.process import Command, Process


@dataclass(frozen=True, slots=True)
class Ending:
    """How a start went wrong: the exit code (None: it still ran, but did not answer) and the log's end."""

    exit_code: int | None
    last_words: str


class Service(Protocol):
    """A program that the stack runs."""

    @property
    def name(self) -> str:
        """What it is called in messages, and its log file."""

    @property
    def end_seconds(self) -> float:
        """How long it may take to end by itself before it is killed."""

    def command(self) -> Command:
        """How to start it, with its files written."""

    def is_ready(self) -> bool:
        """Whether it does its work now; does what it takes to get there, once it answers."""

    def clean_up(self) -> None:
        """Remove what it leaves outside the home when it ends."""

    def advice(self, ending: Ending) -> str:
        """What a person can do when it does not come up."""


def start(home: Home, service: Service, stop: threading.Event, seconds: float = 60) -> Process:
    """Start a service and wait until it is ready.

    Raises:
        ServiceFailed: it ended, or was not ready after `seconds`; it has been ended.
        Interrupted: `stop` was set meanwhile; it has been ended.
    """
    process = Process(home, service.name, service.command())
    try:
        await_ready(service, process, stop, seconds)
    except BaseException:
        process.terminate()
        process.end(service.end_seconds)
        service.clean_up()
        raise
    return process


@contextmanager
def running(home: Home, service: Service, seconds: float = 60) -> Iterator[None]:
    """A service alone, which ends with the block. Errors are those of `start`."""
    process = start(home, service, threading.Event(), seconds)
    try:
        yield
    finally:
        process.terminate()
        process.end(service.end_seconds)
        service.clean_up()


def await_ready(service: Service, process: Process, stop: threading.Event, seconds: float = 60) -> None:
    """Wait until a service that was started is ready.

    Raises:
        ServiceFailed: it ended, or was not ready after `seconds`.
        Interrupted: `stop` was set meanwhile.
    """
    deadline = time.monotonic() + seconds
    while not service.is_ready():
        code = process.exit_code()
        if code is not None:
            raise _failure(service, f"it ended with exit code {code}.", Ending(code, process.log_tail()))
        if time.monotonic() > deadline:
            ending = Ending(None, process.log_tail())
            raise _failure(service, f"it was not ready after {seconds:g} seconds.", ending)
        if stop.wait(0.05):
            raise Interrupted


def _failure(service: Service, why: str, ending: Ending) -> ServiceFailed:
    said = "\n".join(f"    {line[:400]}" for line in essence(ending.last_words)) or "    (nothing)"
    why = f"{why} Its last words:\n{said}"
    return ServiceFailed(service.name, why, "What to do: " + service.advice(ending))


def essence(log: str, most: int = 8) -> list[str]:
    """What a person should see of a log: the errors where the program marks them, else its end."""
    entries = [_parse(line) for line in log.splitlines()]
    errors = [text for severity, text in entries if severity in ("E", "F")]
    return errors[:most] if errors else [text for _, text in entries][-most:]


def _parse(line: str) -> tuple[str, str]:
    """The severity (mongod's letter, or nothing) and the text of a log line."""
    try:
        entry = json.loads(line)
        return entry["s"], f"{entry['msg']} {json.dumps(entry.get('attr', ''), ensure_ascii=False)}"
    except (ValueError, KeyError, TypeError):
        return "", line
