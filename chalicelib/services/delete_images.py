"""Delete: an image leaves the listing and the totals at once, then its trove object and thumbnail.

Its name stays taken until both are gone, so that no new image can lose its trove object to a
removal that a crash interrupted. The persist service has no delete call: its copy stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.layout import Layout
from chalicelib.domain.model import DatasetId, Image
from chalicelib.domain.paging import PageRequest
from chalicelib.ports import DatasetStore, ImageStore, ObjectStore
from chalicelib.services.browse import Browse, DatasetDetails


@dataclass(frozen=True, slots=True)
class Deletion:
    """The dataset after a deletion, and the names that it held no image of."""

    details: DatasetDetails
    not_found: list[str]


class DeleteImages:
    """Removes images from a dataset."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        datasets: DatasetStore,
        images: ImageStore,
        browse: Browse,
        layout: Layout,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._images = images
        self._browse = browse
        self._layout = layout
        self._now = now

    def delete(self, dataset_id: DatasetId, names: Sequence[str]) -> Deletion:
        """Remove the images of these names; a repeat of the call is harmless.

        Raises:
            DatasetNotFound: there is no such dataset.
        """
        self._datasets.get(dataset_id)
        wanted = list(dict.fromkeys(names))
        retired = self._images.retire(dataset_id, wanted, self._now())
        self.finish(retired)
        found = {image.name for image in retired}
        details = self._browse.details(dataset_id, PageRequest())
        return Deletion(details, [name for name in wanted if name not in found])

    def finish(self, retired: Sequence[Image]) -> None:
        """Remove what retired images left in the bucket, then the images for good."""
        if not retired:
            return
        thumbnails = [self._layout.thumbnail_key(image.dataset_id, image.id) for image in retired]
        self._store.delete([image.trove_key for image in retired] + thumbnails)
        self._images.forget(image.id for image in retired)
