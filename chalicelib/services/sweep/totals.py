"""The counters: folded while they are right, corrected if they ever were not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from chalicelib.domain.model import DatasetId
from chalicelib.ports import DatasetStore, TotalsStore
from chalicelib.services.sweep.datasets import each_dataset
from chalicelib.services.sweep.report import Finding, Horizon

IDLE = timedelta(hours=1)
"""A writer that was still for so long is gone, or will not mind to begin a new counter."""


class ScatteredCounters:
    """Datasets whose totals are spread over counters of writers that are gone."""

    name = "counters of writers that are gone"

    def __init__(self, totals: TotalsStore) -> None:
        self._totals = totals

    def findings(self, horizon: Horizon) -> Iterator[Finding]:
        """See `report.Check`."""
        before = horizon.attempts - IDLE
        for dataset_id in self._totals.scattered(before):
            yield Finding(
                dataset_id,
                "has several idle counters",
                partial(self._fold, dataset_id, before),
            )

    def _fold(self, dataset_id: DatasetId, before: datetime) -> bool:
        return self._totals.fold(dataset_id, before) > 1


class WrongTotals:
    """Datasets whose totals are not those of their images."""

    name = "totals that differ from a recount"

    def __init__(self, *, datasets: DatasetStore, totals: TotalsStore) -> None:
        self._datasets = datasets
        self._totals = totals

    def findings(self, horizon: Horizon) -> Iterator[Finding]:  # noqa: ARG002 - a recount has no age
        """See `report.Check`."""
        for dataset in each_dataset(self._datasets):
            drift = self._totals.drift(dataset.id)
            if drift:
                problem = f"{drift.images:+} images and {drift.bytes:+} bytes are missing from its totals"
                yield Finding(dataset.id, problem, partial(self._correct, dataset.id))

    def _correct(self, dataset_id: DatasetId) -> bool:
        return bool(self._totals.correct(dataset_id))
