"""Datasets, receipts and images to put into a store."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import uuid4

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.formats import Format
from chalicelib.domain.ids import DatasetId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.images import Image, PersistedFile
from chalicelib.domain.new_receipts import new_image_id, new_persist_name, new_upload_id
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.uploads import Source
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore, SessionStore

HOLDER = "somebody"
"""Who removes images in these tests."""
NOON = datetime(2024, 5, 17, 12, 0, 0, 123_000, tzinfo=UTC)
"""In milliseconds, which is what MongoDB keeps."""

_numbers = itertools.count()


class Stores(Protocol):
    """The stores of one database."""

    @property
    def datasets(self) -> DatasetStore: ...
    @property
    def images(self) -> ImageStore: ...
    @property
    def receipts(self) -> ReceiptStore: ...
    @property
    def sessions(self) -> SessionStore: ...


@dataclass(frozen=True, slots=True)
class AdapterStores:
    """The stores of one database, as adapters."""

    datasets: DatasetStore
    images: ImageStore
    receipts: ReceiptStore
    sessions: SessionStore


def after(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def new_dataset(stores: Stores, name: str = "") -> Dataset:
    """A dataset of a fresh name."""
    return stores.datasets.create(name or f"cards {uuid4().hex}", "vedant", NOON)


def new_receipt(dataset_id: DatasetId | None = None, name: str = "photo.jpg", **changes: Any) -> Receipt:
    """A receipt nobody has announced; each has a later place in the upload order than the one before."""
    receipt_id = ReceiptId(uuid4().hex)
    n = next(_numbers)
    receipt = Receipt(
        id=receipt_id,
        source=Source.MULTIPART,
        key=ObjectKey(f"incoming/{dataset_id}/0/{n}/{name}"),
        name=name,
        dataset_id=dataset_id,
        upload_id=new_upload_id(),
        order=f"{n:09d}",
        uploaded_by="vedant",
        announced_at=NOON,
        image_id=new_image_id(),
        persist_name=f"{new_persist_name()}.jpg",
    )
    return replace(receipt, **changes)


def image_of(receipt: Receipt, dataset_id: DatasetId, name: str, **changes: Any) -> Image:
    """The image that ingest would record for a receipt."""
    image = Image(
        id=receipt.image_id,
        dataset_id=dataset_id,
        receipt_id=receipt.id,
        name=name,
        order=receipt.order,
        size=957_235,
        format=Format.JPEG,
        width=2560,
        height=1876,
        orientation=6,
        sha256=sha256(receipt.id.encode()).hexdigest(),
        perceptual_hash="c3d1a86e5b90f72e",
        suspect=None,
        persisted=PersistedFile("26936493", f"https://persist.test/api/files/{receipt.persist_name}"),
        trove_key=ObjectKey(f"trove/cards/{name}"),
        uploaded_by=receipt.uploaded_by,
        uploaded_at=NOON,
    )
    return replace(image, **changes)


def reserve(
    stores: Stores,
    dataset: Dataset,
    name: str = "photo.jpg",
    *,
    upload_id: UploadId | None = None,
    **changes: Any,
) -> Image:
    """An image on its way: announced, claimed, its name taken; not recorded."""
    receipt = new_receipt(dataset.id, name, upload_id=upload_id)
    stores.receipts.announce([receipt])
    stores.receipts.claim(receipt.id, "worker", 60)
    stores.images.reserve_name(receipt, dataset.id, [name])
    return image_of(receipt, dataset.id, name, **changes)


def store(stores: Stores, dataset: Dataset, name: str = "photo.jpg", **changes: Any) -> Image:
    """A live image, recorded at noon; `changes` as for `reserve`."""
    image = reserve(stores, dataset, name, **changes)
    stores.images.record(image, NOON)
    return image
