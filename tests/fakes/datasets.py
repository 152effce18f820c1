"""The datasets in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.datasets import Dataset, DatasetSummary, DatasetTotals
from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound
from chalicelib.domain.ids import DatasetId, UploadId
from chalicelib.domain.paging import Page, PageRequest

from .catalogue import CatalogueState
from .faults import Faults, SwitchedStore, port_method
from .paging import page_of


class InMemoryDatasets(SwitchedStore):
    """A `DatasetStore`. Ids count up: the n-th dataset's is n in 24 hex digits."""

    port = "datasets"

    def __init__(self, state: CatalogueState | None = None, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._state = state or CatalogueState()

    @port_method
    def create(
        self, name: str, created_by: str, at: datetime, first_upload: UploadId | None = None
    ) -> Dataset:
        with self._state.lock:
            if self._named(name) is not None:
                raise DatasetNameTaken(name)
            return self._add(name, created_by, at, first_upload)

    @port_method
    def begin_anew(self, dataset: Dataset, first_upload: UploadId, created_by: str, at: datetime) -> bool:
        with self._state.lock:
            there = self._state.datasets[dataset.id]
            if there.first_upload != dataset.first_upload:
                return False
            self._state.datasets[dataset.id] = replace(
                there, first_upload=first_upload, created_by=created_by, created_at=at
            )
            return True

    @port_method
    def get_or_create(self, name: str, created_by: str, at: datetime) -> Dataset:
        with self._state.lock:
            return self._named(name) or self._add(name, created_by, at)

    @port_method
    def get(self, dataset_id: DatasetId) -> Dataset:
        with self._state.lock:
            if dataset_id not in self._state.datasets:
                raise DatasetNotFound(dataset_id)
            return self._state.datasets[dataset_id]

    @port_method
    def get_by_name(self, name: str) -> Dataset:
        with self._state.lock:
            dataset = self._named(name)
        if dataset is None:
            raise DatasetNotFound(name)
        return dataset

    @port_method
    def totals(self, dataset_id: DatasetId) -> DatasetTotals:
        with self._state.lock:
            return self._state.totals(dataset_id)

    @port_method
    def page(self, request: PageRequest) -> Page[DatasetSummary]:
        with self._state.lock:
            page = page_of(
                self._state.datasets.values(),
                request,
                sorts={
                    "uploadDate": lambda dataset: int(dataset.created_at.timestamp() * 1000),
                    "name": lambda dataset: dataset.name,
                },
                name=lambda dataset: dataset.name,
                row_id=lambda dataset: dataset.id,
            )
            rows = [DatasetSummary(dataset, self._state.totals(dataset.id)) for dataset in page.rows]
        return Page(rows, page.next_cursor)

    def _named(self, name: str) -> Dataset | None:
        return next((found for found in self._state.datasets.values() if found.name == name), None)

    def _add(self, name: str, created_by: str, at: datetime, first_upload: UploadId | None = None) -> Dataset:
        dataset_id = DatasetId(f"{len(self._state.datasets) + 1:024x}")
        dataset = Dataset(dataset_id, name, created_by, at, first_upload)
        self._state.datasets[dataset.id] = dataset
        return dataset
