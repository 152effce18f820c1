"""The counters: folded while they are right, corrected if they ever were not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from chalicelib.domain.ids import DatasetId
from chalicelib.ports.records import DatasetStore
from chalicelib.ports.upkeep import CursorStore, TotalsStore
from chalicelib.services.sweep.datasets import datasets_after
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step

IDLE = timedelta(hours=1)
"""A writer that was still for so long is gone, or will not mind to begin a new counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatteredCounters:
    """Datasets whose totals are spread over counters of writers that are gone."""

    name: ClassVar[str] = "counters of writers that are gone"

    totals: TotalsStore

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        before = horizon.attempts - IDLE
        for dataset_id in self.totals.scattered(before):
            yield Finding(
                dataset_id,
                "has several idle counters",
                partial(self._fold, dataset_id, before),
            )

    def _fold(self, dataset_id: DatasetId, before: datetime) -> bool:
        return self.totals.fold(dataset_id, before) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongTotals:
    """Datasets whose totals are not those of their images."""

    name: ClassVar[str] = "totals that differ from a recount"

    datasets: DatasetStore
    totals: TotalsStore
    cursors: CursorStore

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        done = "" if horizon.whole else self.cursors.get(self.name)
        for dataset in datasets_after(self.datasets, done):
            drift = self.totals.drift(dataset.id)
            if drift:
                problem = f"{drift.images:+} images and {drift.bytes:+} bytes are missing from its totals"
                yield Finding(dataset.id, problem, partial(self._correct, dataset.id))
            yield Checkpoint(partial(self.cursors.put, self.name, dataset.id))
        yield Checkpoint(partial(self.cursors.put, self.name, ""))

    def _correct(self, dataset_id: DatasetId) -> bool:
        return bool(self.totals.correct(dataset_id))
