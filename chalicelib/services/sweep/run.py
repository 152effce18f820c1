"""Carries the checks out, one after the other, each one's repairs several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from time import monotonic

from chalicelib.domain.errors import IngestInProgress, TransientFault
from chalicelib.domain.leftovers import Backlog
from chalicelib.ports.upkeep import LeftoverStore
from chalicelib.services.intake.claim import LEASE_SECONDS
from chalicelib.services.sweep.report import (
    Check,
    CheckReport,
    Finding,
    Horizon,
    Problem,
    Step,
    SweepReport,
)

REPAIRS_AT_ONCE = 8
BATCH = 64
TOLD = 20
"""How many samples and failures of a check a report holds."""


@dataclass(frozen=True, slots=True)
class SweepOrder:
    """How a sweep is to be done.

    `dry_run` only looks. `deep` also compares the mirror and the totals with the images, which
    reads all of them. `whole` walks through all of the drop folder instead of a slice, and compares
    from the beginning instead of where the last comparison ended. `exclusive` says that nothing that
    was begun before now is still at work, as at the start of a laptop: then nothing is too young.
    Otherwise objects younger than `grace_seconds` are left to their events. Nothing is looked at and
    no repair begins after `seconds`, and none after `max_repairs` of them; the next sweep goes on.
    """

    dry_run: bool = False
    deep: bool = False
    whole: bool = False
    exclusive: bool = False
    grace_seconds: float = 60.0
    max_repairs: int = 20_000
    seconds: float = 480.0


class _Result(Enum):
    REPAIRED = auto()
    SETTLED = auto()
    FAILED = auto()
    LEFT = auto()


@dataclass(slots=True)
class _Budget:
    """What a sweep may still do: repairs in all, and the time of one check."""

    repairs: int
    end: float
    deadline: float = 0.0

    def share(self, checks_left: int) -> None:
        """Give the next check its part of the time that is left, so that none takes all of it."""
        now = monotonic()
        self.deadline = now + max(0.0, self.end - now) / checks_left

    def take(self) -> bool:
        """Whether one more repair may begin; counts it."""
        if self.repairs <= 0 or self.is_over:
            return False
        self.repairs -= 1
        return True

    @property
    def is_over(self) -> bool:
        return monotonic() >= self.deadline


@dataclass(slots=True)
class _Tally:
    """The report of one check while it grows."""

    counts: dict[_Result, int] = field(default_factory=lambda: dict.fromkeys(_Result, 0))
    samples: list[Problem] = field(default_factory=list)
    failures: list[Problem] = field(default_factory=list)
    fault: str | None = None
    cut_off: bool = False

    @property
    def has_left(self) -> bool:
        """Whether something that was found has not been tried."""
        return self.counts[_Result.LEFT] > 0

    def add(self, finding: Finding, result: _Result, why: str) -> None:
        self.counts[result] += 1
        if len(self.samples) < TOLD:
            self.samples.append(Problem(finding.subject, finding.problem))
        if result is _Result.FAILED and len(self.failures) < TOLD:
            self.failures.append(Problem(finding.subject, why))

    def report(self, name: str) -> CheckReport:
        return CheckReport(
            name,
            found=sum(self.counts.values()),
            repaired=self.counts[_Result.REPAIRED],
            settled=self.counts[_Result.SETTLED],
            failed=self.counts[_Result.FAILED],
            left=self.counts[_Result.LEFT],
            samples=tuple(self.samples),
            failures=tuple(self.failures),
            fault=self.fault,
            cut_off=self.cut_off,
        )


class Sweep:
    """Finds and finishes what was left undone."""

    def __init__(
        self,
        *,
        checks: Sequence[Check],
        deep_checks: Sequence[Check],
        leftovers: LeftoverStore,
        now: Callable[[], datetime],
    ) -> None:
        self._checks = checks
        self._deep_checks = deep_checks
        self._leftovers = leftovers
        self._now = now

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check, the deep ones last."""
        return (*self._checks, *self._deep_checks)

    def take_over(self) -> int:
        """End the leases of those who were killed: call it while nobody is at work on these engines.

        Returns how many there were. Without it they run out by themselves.
        """
        return self._leftovers.end_leases()

    def run(self, order: SweepOrder | None = None) -> SweepReport:
        """Carry the checks out; one that fails keeps none of the others from running."""
        order = order or SweepOrder()
        began = monotonic()
        checks = self.checks if order.deep else self._checks
        budget = _Budget(0 if order.dry_run else order.max_repairs, began + order.seconds)
        horizon = self._horizon(order)
        reports = []
        # Not the pool of ingest: whoever waits there for its own steps must not fill it.
        with ThreadPoolExecutor(REPAIRS_AT_ONCE, thread_name_prefix="sweep") as pool:
            for n, check in enumerate(checks):
                budget.share(len(checks) - n)
                reports.append(_Search(check.name, order, budget, pool).carry_out(check.findings(horizon)))
        return SweepReport(tuple(reports), self._backlog(), order.dry_run, monotonic() - began)

    def _horizon(self, order: SweepOrder) -> Horizon:
        now = self._now()
        if order.exclusive:
            return Horizon(now, now, whole=True)
        grace = timedelta(seconds=order.grace_seconds)
        attempts = now - max(grace, timedelta(seconds=LEASE_SECONDS))
        return Horizon(now - grace, attempts, whole=order.whole)

    def _backlog(self) -> Backlog | None:
        try:
            return self._leftovers.backlog()
        except TransientFault:
            return None


class _Search:
    """One check on its way: repairs in batches, and stops where time or repairs are used up."""

    def __init__(self, name: str, order: SweepOrder, budget: _Budget, pool: Executor) -> None:
        self._name = name
        self._dry_run = order.dry_run
        self._budget = budget
        self._pool = pool
        self._tally = _Tally()
        self._batch: list[Finding] = []

    def carry_out(self, steps: Iterator[Step]) -> CheckReport:
        """Take the steps, as far as the budget goes."""
        try:
            for step in steps:
                self._take(step)
                if self._budget.is_over or (self._budget.repairs <= 0 and not self._dry_run):
                    self._tally.cut_off = True
                    break
            self._repair_batch()
        except Exception as error:  # noqa: BLE001 - told in the report; the other checks go on
            self._tally.fault = f"{type(error).__name__}: {error}"
        return self._tally.report(self._name)

    def _take(self, step: Step) -> None:
        if isinstance(step, Finding):
            self._batch.append(step)
            if len(self._batch) == BATCH:
                self._repair_batch()
            return
        self._repair_batch()
        if not self._dry_run and not self._tally.has_left:
            step.keep()

    def _repair_batch(self) -> None:
        batch, self._batch = self._batch, []
        for finding, (result, why) in zip(batch, self._pool.map(self._repair, batch), strict=True):
            self._tally.add(finding, result, why)

    def _repair(self, finding: Finding) -> tuple[_Result, str]:
        return _repair(finding) if self._budget.take() else (_Result.LEFT, "")


def _repair(finding: Finding) -> tuple[_Result, str]:
    try:
        return (_Result.REPAIRED if finding.repair() else _Result.SETTLED), ""
    except IngestInProgress:
        return _Result.SETTLED, ""
    except Exception as error:  # noqa: BLE001 - told in the report; the other repairs go on
        return _Result.FAILED, f"{type(error).__name__}: {error}"
