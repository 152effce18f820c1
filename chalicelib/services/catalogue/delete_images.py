"""Delete: an image leaves the listing and the totals at once, then its trove object, thumbnail and preview.

The invariant: **a trove object is written or removed only by who holds the entry of its name, and an
entry goes only when nobody holds it.** From it follows that no removal, however late, hits a newer
image's object:

- A removal at key k is sent by a holder of the entry e that owned k when the removal began: `retire`,
  `hold` and `hold_name` note the holder in the same atomic step that finds e in the right state.
- A newer image comes to own k only after e is gone, since one unique index keeps names.
- `forget` and `release_name` drop e only if no holder is left but those whose hold is older than
  `HOLD_SECONDS`, which no process outlives. A holder lets go only after its last request was answered;
  one that crashed, or whose request failed and may yet be carried out, keeps its hold until then.

So when a newer image owns k, everybody who could remove the older object has ended. A repeat of a
deletion need not wait for a crashed one: it removes the objects as well; only the name stays taken a
while longer, and the sweep frees it. The persist service has no delete call: its copy stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from chalicelib.domain.ids import DatasetId
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.layout import Layout
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ImageStore
from chalicelib.services.catalogue.browse import Browse, DatasetDetails


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
        holder = uuid4().hex
        retired = self._images.retire(dataset_id, wanted, holder, self._now())
        self._remove(retired, holder)
        found = {image.name for image in retired}
        details = self._browse.details(dataset_id, PageRequest())
        return Deletion(details, [name for name in wanted if name not in found])

    def finish(self, image: Image) -> bool:
        """Do the rest of a deletion that was cut off; False if there was nothing left to do."""
        holder = uuid4().hex
        held = self._images.hold([image.id], ImageState.RETIRED, holder, self._now())
        self._remove([image] if held else [], holder)
        return bool(held)

    def _remove(self, retired: Sequence[Image], holder: str) -> None:
        """Remove what retired images left in the bucket, then the images that nobody else holds."""
        if not retired:
            return
        shown = [
            key
            for image in retired
            for key in self._layout.shown_keys(image.dataset_id, image.id, image.format)
        ]
        self._store.delete([image.trove_key for image in retired] + shown)
        self._images.forget([image.id for image in retired], holder, self._now())
