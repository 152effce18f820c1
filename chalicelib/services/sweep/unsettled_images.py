"""Images that are neither there nor gone: arrivals that will not come, removals that did not finish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.layout import Layout
from chalicelib.domain.leftovers import Reservation
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore
from chalicelib.ports.upkeep import LeftoverStore
from chalicelib.services.catalogue.delete_images import DeleteImages
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonedNames:
    """Names reserved by uploads that ended otherwise, with what they may have written."""

    name: ClassVar[str] = "names reserved by uploads that ended otherwise"

    store: ObjectStore
    leftovers: LeftoverStore
    datasets: DatasetStore
    images: ImageStore
    receipts: ReceiptStore
    layout: Layout
    now: Callable[[], datetime]

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        for reservation in self.leftovers.reservations(horizon.attempts):
            if self._is_abandoned(reservation):
                yield Finding(
                    f"{reservation.dataset_id}/{reservation.name}",
                    "the name is reserved for an image that will not come",
                    partial(self._release, reservation),
                )
            else:
                yield Checkpoint()

    def _is_abandoned(self, reservation: Reservation) -> bool:
        receipt = self.receipts.get(reservation.receipt_id)
        return receipt is None or receipt.state.is_final or receipt.image_id != reservation.image_id

    def _release(self, reservation: Reservation) -> bool:
        """The name goes last: as long as it is taken, nothing new writes its trove object."""
        if not self._is_abandoned(reservation):
            return False
        holder = uuid4().hex
        if not self.images.hold([reservation.image_id], ImageState.ARRIVING, holder, self.now()):
            return False
        dataset = self.datasets.get(reservation.dataset_id)
        self.store.delete(
            [
                self.layout.trove_key(dataset.name, reservation.name),
                *self.layout.shown_keys(dataset.id, reservation.image_id),
            ]
        )
        return self.images.release_name(reservation.image_id, holder, self.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedRemovals:
    """Images that were deleted, and whose objects were not."""

    name: ClassVar[str] = "deletions that were cut off"

    leftovers: LeftoverStore
    delete_images: DeleteImages

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        for image in self.leftovers.retired(horizon.attempts):
            yield Finding(
                image.trove_key, "was deleted, its objects were not removed", partial(self._finish, image)
            )

    def _finish(self, image: Image) -> bool:
        return self.delete_images.finish(image)
