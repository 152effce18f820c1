"""Carries the checks out, one after the other, each one's repairs several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from time import monotonic

from chalicelib.domain.errors import IngestInProgress, TransientFault
from chalicelib.domain.leftovers import Backlog
from chalicelib.ports import LeftoverStore
from chalicelib.services.claim_upload import LEASE_SECONDS
from chalicelib.services.sweep.report import (
    Check,
    CheckReport,
    Finding,
    Horizon,
    Problem,
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
    reads all of them. `exclusive` says that nothing that was begun before now is still at work, as at
    the start of a laptop: then nothing is too young. Otherwise objects younger than
    `grace_seconds` are left to their events. No repair begins after `max_repairs` of them or after
    `seconds`.
    """

    dry_run: bool = False
    deep: bool = False
    exclusive: bool = False
    grace_seconds: float = 60.0
    max_repairs: int = 20_000
    seconds: float = 600.0


class _Result(Enum):
    REPAIRED = auto()
    SETTLED = auto()
    FAILED = auto()
    LEFT = auto()


@dataclass(slots=True)
class _Budget:
    """What a sweep may still do."""

    repairs: int
    deadline: float

    def take(self) -> bool:
        """Whether one more repair may begin; counts it."""
        if self.is_used_up:
            return False
        self.repairs -= 1
        return True

    @property
    def is_used_up(self) -> bool:
        return self.repairs <= 0 or monotonic() >= self.deadline


@dataclass(slots=True)
class _Tally:
    """The report of one check while it grows."""

    counts: dict[_Result, int] = field(default_factory=lambda: dict.fromkeys(_Result, 0))
    samples: list[Problem] = field(default_factory=list)
    failures: list[Problem] = field(default_factory=list)
    fault: str | None = None

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
        # Not the pool of ingest: whoever waits there for its own steps must not fill it.
        with ThreadPoolExecutor(REPAIRS_AT_ONCE, thread_name_prefix="sweep") as pool:
            reports = tuple(_carry_out(check, horizon, order, budget, pool) for check in checks)
        return SweepReport(reports, self._backlog(), order.dry_run, monotonic() - began)

    def _horizon(self, order: SweepOrder) -> Horizon:
        now = self._now()
        if order.exclusive:
            return Horizon(now, now)
        grace = timedelta(seconds=order.grace_seconds)
        return Horizon(now - grace, now - max(grace, timedelta(seconds=LEASE_SECONDS)))

    def _backlog(self) -> Backlog | None:
        try:
            return self._leftovers.backlog()
        except TransientFault:
            return None


def _carry_out(
    check: Check, horizon: Horizon, order: SweepOrder, budget: _Budget, pool: Executor
) -> CheckReport:
    tally = _Tally()

    def repair(finding: Finding) -> tuple[_Result, str]:
        return _repair(finding) if budget.take() else (_Result.LEFT, "")

    try:
        findings = check.findings(horizon)
        while batch := list(islice(findings, BATCH)):
            for finding, (result, why) in zip(batch, pool.map(repair, batch), strict=True):
                tally.add(finding, result, why)
            if budget.is_used_up and not order.dry_run:
                break
    except Exception as error:  # noqa: BLE001 - told in the report; the other checks go on
        tally.fault = f"{type(error).__name__}: {error}"
    return tally.report(check.name)


def _repair(finding: Finding) -> tuple[_Result, str]:
    try:
        return (_Result.REPAIRED if finding.repair() else _Result.SETTLED), ""
    except IngestInProgress:
        return _Result.SETTLED, ""
    except Exception as error:  # noqa: BLE001 - told in the report; the other repairs go on
        return _Result.FAILED, f"{type(error).__name__}: {error}"
