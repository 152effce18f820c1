"""Reading: the dataset list, a dataset's details, and its URLs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from chalicelib.domain.datasets import DatasetSummary, NotStored
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.images import ImageLink, ListedImage
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore


@dataclass(frozen=True, slots=True)
class DatasetDetails:
    """A dataset with its totals, and the images that were asked for."""

    summary: DatasetSummary
    images: Page[ListedImage]


class Browse:
    """What viewers see."""

    def __init__(
        self, *, datasets: DatasetStore, images: ImageStore, receipts: ReceiptStore, pool: Executor
    ) -> None:
        self._datasets = datasets
        self._images = images
        self._receipts = receipts
        self._pool = pool

    def datasets(self, request: PageRequest) -> Page[DatasetSummary]:
        """The datasets with their totals, oldest first unless sorted otherwise."""
        if request.limit is None and not request.search:
            of_all = self._pool.submit(self._receipts.not_stored)  # counted while the list is read
            page = self._datasets.page(request)
            counts = of_all.result()
        else:
            page = self._datasets.page(request)
            counts = self._receipts.not_stored([row.dataset.id for row in page.rows])
        rows = [
            DatasetSummary(row.dataset, row.totals, counts[row.dataset.id])
            if row.dataset.id in counts
            else row
            for row in page.rows
        ]
        return Page(rows, page.next_cursor)

    def details(self, dataset_id: DatasetId, request: PageRequest) -> DatasetDetails:
        """A dataset and its images, in upload order unless sorted otherwise.

        Raises:
            DatasetNotFound: there is none with this id.
        """
        dataset = self._datasets.get(dataset_id)
        images = self._images.listing(dataset_id, request)
        counts = self._receipts.not_stored([dataset_id]).get(dataset_id, NotStored())
        return DatasetDetails(DatasetSummary(dataset, self._datasets.totals(dataset_id), counts), images)

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        """The persist URLs of a dataset's images in upload order.

        Raises:
            DatasetNotFound: there is none with this id.
        """
        self._datasets.get(dataset_id)
        return self._images.urls(dataset_id)

    def links(self, dataset_id: DatasetId) -> Iterator[ImageLink]:
        """As `urls`, each with its image's name.

        Raises:
            DatasetNotFound: there is none with this id.
        """
        self._datasets.get(dataset_id)
        return self._images.links(dataset_id)
