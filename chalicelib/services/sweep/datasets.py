"""All datasets, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.model import Dataset
from chalicelib.domain.paging import PageRequest
from chalicelib.ports import DatasetStore

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
