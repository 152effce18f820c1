"""The one clock of all records: MongoDB's own, so that no two hosts' clocks are ever compared.

Leases, holds, expiries and ages are times that one process writes and another one reads. Were each to
take its own host's clock, one that is an hour off would end others' leases or keep the dead's. So the
server is asked, and between two questions the host only counts the seconds that pass.

Objects have a clock of their own, S3's (`ports.ObjectStore.now`); the two are never compared.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, time
from typing import NamedTuple

import pymongo
from pymongo.database import Database

from chalicelib.domain.errors import TransientFault

from .connection import Document, operation

PATIENCE_SECONDS = 2.0
"""For an answer of a few bytes; without it the last one still counts."""
ASKED_AGAIN_SECONDS = 60.0
"""Two quartz clocks drift apart by some milliseconds in that time."""
FROZEN_SECONDS = 1.0
"""If a host's own two clocks differ by more it must have slept, as functions do between events."""


class _Answer(NamedTuple):
    """What the server said, and what the host's clocks showed in the middle of the question."""

    at: datetime
    seconds: float
    wall: float


class MongoClock:
    """Tells MongoDB's time. Safe to share between threads."""

    def __init__(
        self,
        database: Database[Document],
        *,
        seconds: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time,
    ) -> None:
        """`seconds` counts evenly, `wall` goes on while the host sleeps; neither needs to be right."""
        self._database = database
        self._seconds = seconds
        self._wall = wall
        self._answer: _Answer | None = None

    def __call__(self) -> datetime:
        """The time, aware.

        Raises:
            TransientFault: MongoDB did not say, and has not since this process began.
        """
        answer = self._answer
        if answer is None or self._is_stale(answer):
            answer = self._answer = self._ask_again(answer)
        return answer.at + timedelta(seconds=self._seconds() - answer.seconds)

    def _is_stale(self, answer: _Answer) -> bool:
        passed = self._seconds() - answer.seconds
        slept = abs(self._wall() - answer.wall - passed)
        return passed > ASKED_AGAIN_SECONDS or slept > FROZEN_SECONDS

    def _ask_again(self, answer: _Answer | None) -> _Answer:
        """What the server says now; without an answer what it said before, counted on for a while."""
        try:
            return self._ask()
        except TransientFault:
            if answer is None:
                raise
            seconds = self._seconds()
            at = answer.at + timedelta(seconds=seconds - answer.seconds)
            return _Answer(at, seconds, self._wall())

    def _ask(self) -> _Answer:
        began, wall = self._seconds(), self._wall()
        with operation(), pymongo.timeout(PATIENCE_SECONDS):
            said: datetime = self._database.client.admin.command("hello")["localTime"]
        half = (self._seconds() - began) / 2
        return _Answer(said.astimezone(UTC), began + half, wall + half)
