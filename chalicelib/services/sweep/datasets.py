"""All datasets, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.records import DatasetStore

DATASETS_PER_PAGE = 200


def each_dataset(datasets: DatasetStore) -> Iterator[Dataset]:
    """Every dataset, oldest first."""
    cursor = None
    while True:
        page = datasets.page(PageRequest(DATASETS_PER_PAGE, cursor))
        for row in page.rows:
            yield row.dataset
        cursor = page.next_cursor
        if cursor is None:
            return


def datasets_from(datasets: DatasetStore, first: str) -> Iterator[Dataset]:
    """Every dataset from the one with this id on, oldest first; all of them if `first` is empty."""
    return dropwhile(lambda dataset: bool(first) and dataset.id != first, each_dataset(datasets))


def datasets_after(datasets: DatasetStore, last: str) -> Iterator[Dataset]:
    """Every dataset behind the one with this id, oldest first; all of them if `last` is empty."""
    return islice(datasets_from(datasets, last), 1 if last else 0, None)
