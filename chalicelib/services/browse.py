"""Reading: the dataset list, a dataset's details, and its URLs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.model import DatasetId, DatasetSummary, ListedImage
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.ports import DatasetStore, ImageStore


@dataclass(frozen=True, slots=True)
class DatasetDetails:
    """A dataset with its totals, and the images that were asked for."""

    summary: DatasetSummary
    images: Page[ListedImage]


class Browse:
    """What viewers see."""

    def __init__(self, *, datasets: DatasetStore, images: ImageStore) -> None:
        self._datasets = datasets
        self._images = images

    def datasets(self, request: PageRequest) -> Page[DatasetSummary]:
        """The datasets with their totals, oldest first unless sorted otherwise."""
        return self._datasets.page(request)

    def details(self, dataset_id: DatasetId, request: PageRequest) -> DatasetDetails:
        """A dataset and its images, in upload order unless sorted otherwise.

        Raises:
            DatasetNotFound: there is none with this id.
        """
        dataset = self._datasets.get(dataset_id)
        images = self._images.listing(dataset_id, request)
        return DatasetDetails(DatasetSummary(dataset, self._datasets.totals(dataset_id)), images)

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        """The persist URLs of a dataset's images in upload order.

        Raises:
            DatasetNotFound: there is none with this id.
        """
        self._datasets.get(dataset_id)
        return self._images.urls(dataset_id)
