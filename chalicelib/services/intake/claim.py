"""Which receipt an object belongs to, and whether there is work to do on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import DatasetNotFound, InvalidName
from chalicelib.domain.ids import DatasetId, ObjectKey, ReceiptId
from chalicelib.domain.layout import DroppedKey, IncomingKey, Layout
from chalicelib.domain.names import check_dataset_name
from chalicelib.domain.new_receipts import new_receipt, renewed_receipt, upload_order
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import ObjectVersion, Source
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore

LEASE_SECONDS = 150.0
"""Longer than the function may run (120 s), so that a lease never ends under its holder."""
UPLOADED_BY = "uploaded-by"
"""The object metadata that names who dropped a file."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A receipt for one attempt, and the dataset where claiming it had to look that up."""

    receipt: Receipt
    dataset: Dataset | None


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

    def claim(self, version: ObjectVersion, owner: str) -> Claim | None:
        """The object's receipt, leased to `owner`; a settled one as it is; None for what is no file.

        Raises:
            IngestInProgress: another invocation works on it.
        """
        place = self._layout.parse(version.key)
        if place is None:
            return None
        receipt_id = place.receipt_id(self._bucket, version)
        claim = self._find(receipt_id, place, version, owner)
        if self._was_put_again(claim.receipt, version):
            self._receipts.reopen(claim.receipt, renewed_receipt(claim.receipt, version.at))
            claim = self._find(receipt_id, place, version, owner)
        return claim

    def announce_drops(self, versions: Sequence[ObjectVersion]) -> None:
        """Record dropped files that wait for their turn, so that they are seen as pending meanwhile.

        A receipt that is there stays as it is; what is no dropped file is passed over.
        """
        receipts, datasets = [], dict[str | None, Dataset | None]()
        for version in versions:
            place = self._layout.parse(version.key)
            if not isinstance(place, DroppedKey):
                continue
            name = place.dataset_name
            if name not in datasets:
                datasets[name] = self._dropped_into(place, version.key)
            dataset, receipt_id = datasets[name], place.receipt_id(self._bucket, version)
            receipts.append(
                self._new_receipt(receipt_id, Source.DROP, version, dataset.id if dataset else None)
            )
        self._receipts.announce(receipts)

    def receipt_id(self, version: ObjectVersion) -> ReceiptId | None:
        """The identity of the object's upload; None for what is no file."""
        place = self._layout.parse(version.key)
        return place.receipt_id(self._bucket, version) if place else None

    def uploader(self, metadata: Mapping[str, str]) -> str:
        """Who dropped an object that bears this metadata."""
        return metadata.get(UPLOADED_BY) or self._drop_user

    def _find(
        self, receipt_id: ReceiptId, place: IncomingKey | DroppedKey, version: ObjectVersion, owner: str
    ) -> Claim:
        if isinstance(place, DroppedKey):
            dataset = self._dropped_into(place, version.key)
            fresh = self._new_receipt(receipt_id, Source.DROP, version, dataset.id if dataset else None)
            return Claim(self._receipts.claim_new(fresh, owner, LEASE_SECONDS), dataset)
        announced = self._receipts.claim(receipt_id, owner, LEASE_SECONDS)
        if announced is None:
            # Somebody put it there unannounced. Without a dataset it is rejected for that.
            fresh = self._new_receipt(receipt_id, Source.SESSION, version, None)
            announced = self._receipts.claim_new(fresh, owner, LEASE_SECONDS)
        return Claim(announced, None)

    def _new_receipt(
        self, receipt_id: ReceiptId, source: Source, version: ObjectVersion, dataset_id: DatasetId | None
    ) -> Receipt:
        """The receipt of what nobody announced; who put it is known once the object is read."""
        return new_receipt(
            receipt_id,
            source,
            version.key,
            version.key.rsplit("/", 1)[-1],
            order=upload_order(version.at, receipt_id),
            uploaded_by=self._drop_user,
            at=self._now(),
            dataset_id=dataset_id,
        )

    def _dropped_into(self, place: DroppedKey, key: ObjectKey) -> Dataset | None:
        """The dataset that the drop folder names, made when new; None if it names none that may be."""
        if place.dataset_name is None:
            return None
        try:
            check_dataset_name(place.dataset_name)
        except InvalidName:
            return None
        try:
            return self._datasets.get_by_name(place.dataset_name)
        except DatasetNotFound:
            head = self._store.head(key)
            uploader = self.uploader(head.metadata if head else {})
            return self._datasets.get_or_create(place.dataset_name, uploader, self._now())

    def _was_put_again(self, receipt: Receipt, version: ObjectVersion) -> bool:
        """Whether this is a new put of a file that was rejected, or whose image was deleted since.

        A repeated delivery bears the time of the put that it tells of, which lies before the end.
        """
        if receipt.source is Source.MULTIPART:
            # Nobody can put it again: these are the bytes of a put whose user was told that it failed.
            return False
        if receipt.finished_at is None or version.at <= receipt.finished_at:
            return False
        return receipt.state is ReceiptState.REJECTED or not self._images.exists(receipt.image_id)
