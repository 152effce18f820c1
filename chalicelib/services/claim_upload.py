"""Which receipt an object belongs to, and whether there is work to do on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.errors import InvalidName, TransientFault
from chalicelib.domain.layout import (
    DroppedKey,
    IncomingKey,
    Layout,
    announced_receipt_id,
    dropped_receipt_id,
)
from chalicelib.domain.model import DatasetId, ObjectVersion, Receipt, ReceiptId, ReceiptState, Source
from chalicelib.domain.names import check_dataset_name
from chalicelib.domain.receipts import new_receipt, renewed_receipt, upload_order
from chalicelib.ports import DatasetStore, ImageStore, ObjectStore, ReceiptStore

LEASE_SECONDS = 150.0
"""Longer than the function may run (120 s), so that a lease never ends under its holder."""
UPLOADED_BY = "uploaded-by"
"""The object metadata that names who dropped a file."""


class ClaimUpload:
    """Finds, and for a dropped file announces, the receipt of an object, and leases it."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        datasets: DatasetStore,
        images: ImageStore,
        receipts: ReceiptStore,
        bucket: str,
        layout: Layout,
        drop_user: str,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._images = images
        self._receipts = receipts
        self._bucket = bucket
        self._layout = layout
        self._drop_user = drop_user
        self._now = now

    def claim(self, version: ObjectVersion, owner: str) -> Receipt | None:
        """The object's receipt, leased to `owner`; a settled one as it is; None for what is no file.

        Raises:
            IngestInProgress: another invocation works on it.
        """
        place = self._layout.parse(version.key)
        receipt_id = self.receipt_id(version)
        if place is None or receipt_id is None:
            return None
        receipt = self._find(receipt_id, place, version, owner)
        if self._was_put_again(receipt, version):
            self._receipts.reopen(receipt, renewed_receipt(receipt, version.at))
            receipt = self._find(receipt_id, place, version, owner)
        return receipt

    def receipt_id(self, version: ObjectVersion) -> ReceiptId | None:
        """The identity of the object's upload; None for what is no file."""
        place = self._layout.parse(version.key)
        if place is None:
            return None
        if isinstance(place, IncomingKey):
            return announced_receipt_id(place.upload_id, place.n)
        return dropped_receipt_id(self._bucket, version.key, version.etag)

    def _find(
        self, receipt_id: ReceiptId, place: IncomingKey | DroppedKey, version: ObjectVersion, owner: str
    ) -> Receipt:
        receipt = self._receipts.claim(receipt_id, owner, LEASE_SECONDS)
        if receipt is None:
            self._receipts.announce([self._new_receipt(receipt_id, place, version)])
            receipt = self._receipts.claim(receipt_id, owner, LEASE_SECONDS)
        if receipt is None:
            raise TransientFault("MongoDB", f"receipt {receipt_id} vanished")
        return receipt

    def _new_receipt(
        self, receipt_id: ReceiptId, place: IncomingKey | DroppedKey, version: ObjectVersion
    ) -> Receipt:
        """The receipt of a dropped file, or of one that somebody put into the intake unannounced.

        The latter gets no dataset, and is rejected for that: only the API announces.
        """
        head = self._store.head(version.key)
        uploader = (head.metadata.get(UPLOADED_BY) if head else None) or self._drop_user
        return new_receipt(
            receipt_id,
            Source.DROP if isinstance(place, DroppedKey) else Source.SESSION,
            version.key,
            version.key.rsplit("/", 1)[-1],
            order=upload_order(version.at, receipt_id),
            uploaded_by=uploader,
            at=self._now(),
            dataset_id=self._dropped_into(place, uploader) if isinstance(place, DroppedKey) else None,
        )

    def _dropped_into(self, place: DroppedKey, uploader: str) -> DatasetId | None:
        """The dataset that the drop folder names, made when new; None if it names none that may be."""
        if place.dataset_name is None:
            return None
        try:
            check_dataset_name(place.dataset_name)
        except InvalidName:
            return None
        return self._datasets.get_or_create(place.dataset_name, uploader, self._now()).id

    def _was_put_again(self, receipt: Receipt, version: ObjectVersion) -> bool:
        """Whether this is a new put of a file that was rejected, or whose image was deleted since.

        A repeated delivery bears the time of the put that it tells of, which lies before the end.
        """
        if receipt.finished_at is None or version.at <= receipt.finished_at:
            return False
        return receipt.state is ReceiptState.REJECTED or not self._images.exists(receipt.image_id)
