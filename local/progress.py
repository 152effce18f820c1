"""How far what came in is: counted where events are handled, shown as one line by `make run`."""

from __future__ import annotations

import http.client
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from typing import TextIO

from chalicelib.logs import LOGGER_NAME
from local.processes.ports import LOOPBACK

PROGRESS = "/progress"
QUIET_SECONDS = 1.5
"""With nothing waiting for so long, all is done; the next file begins a new count."""
WORTH_KEEPING_SECONDS = 2.0
"""What took less nobody waited for: its line is wiped away."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Files since the worker started: those that wait or are being ingested, and what became of the rest."""

    waiting: int = 0
    stored: int = 0
    rejected: int = 0
    failed: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Those of both."""
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def settled(self) -> int:
        """How many files are done, one way or another."""
        return self.stored + self.rejected + self.failed


class IntakeCounter:
    """Counts events as they come and go; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    @property
    def counts(self) -> Counts:
        """How far it is now."""
        return self._counts

    def came(self) -> None:
        """An event is to be handled."""
        self._add(waiting=1)

    def went(self, *, given_up: bool = False) -> None:
        """An event is done with, or given up for the sweep to find."""
        self._add(waiting=-1, failed=int(given_up))

    def settled(self, states: Mapping[str, int]) -> None:
        """So many files ended in each state."""
        self._add(stored=states.get("stored", 0), rejected=states.get("rejected", 0))

    def _add(self, **more: int) -> None:
        with self._lock:
            changed = {name: getattr(self._counts, name) + number for name, number in more.items()}
            self._counts = replace(self._counts, **changed)


@contextmanager
def outcomes_of_the_log() -> Iterator[dict[str, int]]:
    """How many objects ended in which state meanwhile, by the lines that ingest logs of them."""
    reader = _OutcomeReader()
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(reader)
    try:
        yield reader.states
    finally:
        logger.removeHandler(reader)


class _OutcomeReader(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Note the state of an object that was not settled before."""
        if record.getMessage() == "ingest" and not record.__dict__.get("repeated"):
            state = str(record.__dict__.get("state"))
            self.states[state] = self.states.get(state, 0) + 1


def as_json(counts: Counts) -> bytes:
    """The counts for `ask`."""
    return json.dumps(asdict(counts)).encode()


def ask(port: int) -> Counts | None:
    """The counts of the worker on this port; None if it does not answer at once."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=0.5)
    try:
        connection.request("GET", PROGRESS)
        return Counts(**json.loads(connection.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        return None
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Line:
    """What a person is told; `is_last` of a count, after which `is_kept` says whether it stays to be read."""

    text: str
    is_last: bool = False
    is_kept: bool = False


class Progress:
    """Makes lines of counts that are taken from time to time."""

    def __init__(self) -> None:
        self._before = self._latest = Counts()
        self._began: float | None = None
        self._changed = 0.0

    def line(self, counts: Counts, now: float) -> Line | None:
        """What to show now; None while nothing comes in. `now` is in seconds, of any clock."""
        if counts.settled < self._latest.settled:  # the worker was started again
            self._before = self._latest = Counts()
        if self._began is None:
            if not counts.waiting and counts.settled == self._before.settled:
                return None
            self._began = now
        if counts != self._latest or counts.waiting:
            self._latest, self._changed = counts, now
        elif now - self._changed >= QUIET_SECONDS:
            return self._end(self._changed - self._began)
        return Line(f"{self._so_far()}, {counts.waiting:,} waiting{self._rate(now - self._began)}")

    def _end(self, seconds: float) -> Line:
        rejected = self._latest.rejected > self._before.rejected
        reasons = " Why: GET /dataset/receipts?state=rejected." if rejected else ""
        text = f"All done: {self._so_far()} in {seconds:.0f} s.{reasons}"
        self._before, self._began = self._latest, None
        return Line(text, is_last=True, is_kept=rejected or seconds >= WORTH_KEEPING_SECONDS)

    def _so_far(self) -> str:
        parts = {
            name: getattr(self._latest, name) - getattr(self._before, name)
            for name in ("stored", "rejected", "failed")
        }
        return ", ".join(f"{number:,} {name}" for name, number in parts.items() if number or name != "failed")

    def _rate(self, seconds: float) -> str:
        settled = self._latest.settled - self._before.settled
        return f"; {settled / seconds:.0f} a second" if seconds >= 1 else ""


class Terminal:
    """Where a person looks: messages, and below them at most one line that changes in its place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shows_line = False
        self.is_watched = stream.isatty()

    def say(self, message: str) -> None:
        """Show a message at once."""
        self._wipe()
        print(message, file=self._stream, flush=True)

    def show(self, line: Line) -> None:
        """Show the line in place of the one before; only where somebody can watch it."""
        self._wipe()
        if line.is_kept:
            self.say(line.text)
        elif not line.is_last:
            width = shutil.get_terminal_size().columns - 1
            print(line.text[:width], end="", file=self._stream, flush=True)
            self._shows_line = True

    def _wipe(self) -> None:
        if self._shows_line:
            print("\r\033[K", end="", file=self._stream, flush=True)
            self._shows_line = False


def watcher(port: int, terminal: Terminal, seconds: float = 0.5) -> Callable[[], None]:
    """What to call often: it asks the worker now and then, and shows how far it is, if anybody watches."""
    progress, next_look = Progress(), 0.0

    def look() -> None:
        nonlocal next_look
        now = time.monotonic()
        if not terminal.is_watched or now < next_look:
            return
        next_look = now + seconds
        counts = ask(port)
        line = progress.line(counts, now) if counts else None
        if line is not None:
            terminal.show(line)

    return look
