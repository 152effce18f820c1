"""The database in memory: three stores over one state, which one lock makes atomic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from chalicelib.domain.datasets import Dataset, DatasetTotals
from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.leftovers import Drift
from chalicelib.domain.receipts import Receipt

from .clock import utc_now


@dataclass(slots=True)
class Entry:
    """A name taken in a dataset; `image` is known from `record` on."""

    dataset_id: DatasetId
    receipt_id: ReceiptId
    name: str
    state: ImageState = ImageState.ARRIVING
    image: Image | None = None
    holders: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on a receipt, and until when."""

    owner: str
    until: datetime


@dataclass(slots=True)
class CatalogueState:
    """All that the three stores know. Every access holds `lock`."""

    now: Callable[[], datetime] = utc_now
    lock: RLock = field(default_factory=RLock)
    datasets: dict[DatasetId, Dataset] = field(default_factory=dict)
    modified: dict[DatasetId, datetime] = field(default_factory=dict)
    entries: dict[ImageId, Entry] = field(default_factory=dict)
    receipts: dict[ReceiptId, Receipt] = field(default_factory=dict)
    leases: dict[ReceiptId, Lease] = field(default_factory=dict)
    missing: dict[DatasetId, Drift] = field(default_factory=dict)
    """By how much a test wants totals to fall short."""

    def live_images(self, dataset_id: DatasetId) -> list[Image]:
        """The dataset's images in upload order."""
        images = [
            entry.image
            for entry in self.entries.values()
            if entry.image and entry.state is ImageState.LIVE and entry.dataset_id == dataset_id
        ]
        return sorted(images, key=lambda image: (image.order, image.id))

    def totals(self, dataset_id: DatasetId) -> DatasetTotals:
        """The dataset's totals."""
        images = self.live_images(dataset_id)
        missing = self.missing.get(dataset_id, Drift())
        return DatasetTotals(
            len(images) - missing.images,
            sum(image.size for image in images) - missing.bytes,
            self.modified.get(dataset_id),
        )

    def touch(self, dataset_id: DatasetId, at: datetime) -> None:
        """Note a change of the dataset's images; time does not go back."""
        self.modified[dataset_id] = max(at, self.modified.get(dataset_id, at))
