"""What a sweep looks for and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.domain.leftovers import Backlog


@dataclass(frozen=True, slots=True)
class Horizon:
    """How old something must be to count as left behind.

    An object put before `events` had its event; an attempt begun before `attempts` has ended. With
    `whole`, walks that a sweep does by slices go all round.
    """

    events: datetime
    attempts: datetime
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something left behind: what, and what is wrong with it.

    `repair` looks again and repairs; it gives False when there was nothing left to do.
    """

    subject: str
    problem: str
    repair: Callable[[], bool] = field(repr=False, compare=False)


def _nothing() -> None:
    """There is no position to keep."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place at which a search can end: after each page that it has read, whether or not it found something.

    `keep` notes where the search is, for the next sweep to go on there. It is called once all that
    was found before has been dealt with.
    """

    keep: Callable[[], None] = field(default=_nothing, repr=False, compare=False)


Step = Finding | Checkpoint


class Check(Protocol):
    """Looks for one kind of leftover."""

    @property
    def name(self) -> str:
        """What it looks for."""

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        """What is left behind now, read page by page, with a checkpoint after each page."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding as the report tells it; `problem` is why the repair failed, if it did."""

    subject: str
    problem: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What became of one check's findings: `found` is the sum of the next four.

    `left` were not tried: in a dry run, or since time or repairs were used up. `samples` are the
    first findings; `failures` the first repairs that failed. `fault` is what ended the search;
    `cut_off` says that time or repairs were used up before all had been looked at.
    """

    name: str
    found: int = 0
    repaired: int = 0
    settled: int = 0
    failed: int = 0
    left: int = 0
    samples: tuple[Problem, ...] = ()
    failures: tuple[Problem, ...] = ()
    fault: str | None = None
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep found and did. `backlog` is read after the repairs; `seconds` is how long it took."""

    checks: tuple[CheckReport, ...]
    backlog: Backlog | None
    dry_run: bool
    seconds: float

    @property
    def found(self) -> int:
        """How much was left behind."""
        return sum(check.found for check in self.checks)

    @property
    def is_complete(self) -> bool:
        """Whether all was looked at, and nothing that was found remains."""
        return not any(check.failed or check.left or check.fault or check.cut_off for check in self.checks)
