"""The records that admins and the sweep look into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.audit import AuditRecord
from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.leftovers import Backlog, Drift, ReceiptProgress, Reservation
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt


class AuditStore(Protocol):
    """The audit: records are added and read, never changed or removed."""

    def add(self, record: AuditRecord) -> None:
        """Keep a record.

        Raises:
            TransientFault: it could not be kept within two seconds.
        """

    def page(self, dataset_id: DatasetId | None, user: str | None, request: PageRequest) -> Page[AuditRecord]:
        """Records, newest first: of one dataset, of one user, of both, or all."""


class LeftoverStore(Protocol):
    """The sweep's view of the database: what a crash may have left undone.

    The iterators read batch by batch, so that what they give may be repaired on the way.
    """

    def progress(self, receipt_ids: Sequence[ReceiptId]) -> dict[ReceiptId, ReceiptProgress]:
        """How far those of the uploads are that have a receipt."""

    def open_uploads(self, before: datetime) -> Iterator[Receipt]:
        """Receipts that are not final and were announced before a time, oldest first."""

    def begun_since(self, since: datetime) -> int:
        """How many uploads have their place in the upload order since a time."""

    def end_leases(self) -> int:
        """End every lease, since nobody is at work; returns how many there were."""

    def backlog(self) -> Backlog:
        """The uploads that a dependency's fault holds up."""

    def reservations(self, before: datetime) -> Iterator[Reservation]:
        """Names reserved before a time for images that are not live yet, oldest first."""

    def retired(self, before: datetime) -> Iterator[Image]:
        """Images retired before a time and not forgotten yet, oldest first."""

    def image_state(self, image_id: ImageId) -> ImageState | None:
        """How far an image's entry is now; None if there is none."""

    def live_among(self, image_ids: Sequence[ImageId]) -> set[ImageId]:
        """Those of the images that are live."""

    def names_taken(self, dataset_id: DatasetId, names: Sequence[str]) -> set[str]:
        """Those of `names` that an image of the dataset holds, however far it is."""

    def hold_name(self, dataset_id: DatasetId, name: str, holder: str, at: datetime) -> ImageId | None:
        """Reserve a free name for nobody, held by `holder`, so that no image can take it meanwhile.

        Returns what `ImageStore.release_name` gives it back with; None if an image holds it.
        """


class CursorStore(Protocol):
    """How far walks through all that there is have come, so that the next one goes on there."""

    def get(self, walk: str) -> str:
        """Where this walk goes on; empty at its beginning."""

    def put(self, walk: str, position: str) -> None:
        """Keep where this walk goes on."""


class TotalsStore(Protocol):
    """The upkeep of the counters that a dataset's totals are the sum of."""

    def drift(self, dataset_id: DatasetId) -> Drift:
        """By how much the totals differ from a recount of the live images at this moment."""

    def correct(self, dataset_id: DatasetId) -> Drift:
        """Recount and correct in one transaction; returns what was added to the totals."""

    def scattered(self, before: datetime) -> list[DatasetId]:
        """Datasets with several counters that were last changed before a time."""

    def fold(self, dataset_id: DatasetId, before: datetime) -> int:
        """Make one counter of those last changed before a time; returns of how many."""
