"""Ways to record an image and count it: each step alone, ours, and the one that suggests itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database

from chalicelib.adapters.mongo.connection import in_transaction, operation
from chalicelib.adapters.mongo.datasets import MongoDatasets
from chalicelib.adapters.mongo.images import MongoImages, to_fields
from chalicelib.adapters.mongo.receipts import MongoReceipts
from chalicelib.domain.formats import Format
from chalicelib.domain.ids import DatasetId, ObjectKey, ReceiptId
from chalicelib.domain.images import Image, ImageState, PersistedFile
from chalicelib.domain.new_receipts import new_persist_name, new_receipt
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import Source

Rows = Database[dict[str, Any]]


class Design(Protocol):
    """Something that turns uploads into counted images."""

    share: float
    """How much of the common number of images it gets in a round, since it is that slow."""

    def prepare(self, count: int, pool: Executor) -> Iterable[Callable[[], object]]:
        """What is to be timed: a call for each of `count` images of a new dataset."""

    def dataset(self) -> DatasetId:
        """The dataset of the last round."""


class Recording:
    """Only the step that records and counts, of images whose files are in place."""

    def __init__(
        self, rows: Rows, record: Callable[[Image], None], *, reserve: bool = True, share: float = 1
    ) -> None:
        """With `reserve` the images' names have been taken, as ingest does before."""
        self.share = share
        self._record = record
        self._reserve = reserve
        self._datasets = MongoDatasets(rows)
        self._images = MongoImages(rows)
        self._receipts = MongoReceipts(rows)
        self._dataset: DatasetId | None = None

    def prepare(self, count: int, pool: Executor) -> Iterable[Callable[[], object]]:
        dataset = self._datasets.create(f"cards {uuid4().hex}", "bench", datetime.now(UTC))
        receipts = [_receipt(dataset.id, n) for n in range(count)]
        self._receipts.announce(receipts)
        if self._reserve:
            list(pool.map(lambda each: self._images.reserve_name(each, dataset.id, [each.name]), receipts))
        self._dataset = dataset.id
        return [partial(self._record, _image(receipt, dataset.id)) for receipt in receipts]

    def dataset(self) -> DatasetId:
        assert self._dataset is not None
        return self._dataset


def plain(rows: Rows) -> Recording:
    """Three writes, each by itself."""

    def record(image: Image) -> None:
        document = {
            "_id": ObjectId(image.id),
            "datasetID": ObjectId(image.dataset_id),
            "receiptID": image.receipt_id,
        }
        with operation():
            rows["images"].insert_one(document | to_fields(image))
            rows["datasets"].update_one({"_id": document["datasetID"]}, _count(image))
            rows["uploads"].update_one(*_settle(image))

    return Recording(rows, record, reserve=False)


def exact(rows: Rows) -> Recording:
    """What ingest does."""
    images = MongoImages(rows)
    return Recording(rows, lambda image: images.record(image, datetime.now(UTC)))


def hot_document(rows: Rows) -> Recording:
    """One transaction, with the count in the dataset's document."""

    def record(image: Image) -> None:
        def work(session: ClientSession) -> None:
            rows["images"].update_one(
                {"_id": ObjectId(image.id), "state": ImageState.ARRIVING.value},
                {"$set": to_fields(image)},
                session=session,
            )
            rows["datasets"].update_one({"_id": ObjectId(image.dataset_id)}, _count(image), session=session)
            rows["uploads"].update_one(*_settle(image), session=session)

        in_transaction(rows, work)

    return Recording(rows, record, share=1 / 8)


def _count(image: Image) -> dict[str, Any]:
    return {"$inc": {"images": 1, "bytes": image.size}, "$max": {"modifiedAt": datetime.now(UTC)}}


def _settle(image: Image) -> tuple[dict[str, Any], dict[str, Any]]:
    end = {
        "state": ReceiptState.STORED.value,
        "uploadedBy": image.uploaded_by,
        "finishedAt": datetime.now(UTC),
    }
    return (
        {"_id": image.receipt_id, "imageID": ObjectId(image.id), "open": True},
        {"$set": end, "$unset": {"open": "", "lease": "", "reason": ""}},
    )


def _receipt(dataset_id: DatasetId, n: int) -> Receipt:
    return new_receipt(
        ReceiptId(uuid4().hex),
        Source.DROP,
        ObjectKey(f"drop/cards/{n:06d}.jpg"),
        f"{n:06d}.jpg",
        order=f"{n:09d}",
        uploaded_by="bench",
        at=datetime.now(UTC),
        dataset_id=dataset_id,
    )


def _image(receipt: Receipt, dataset_id: DatasetId) -> Image:
    return Image(
        id=receipt.image_id,
        dataset_id=dataset_id,
        receipt_id=receipt.id,
        name=receipt.name,
        order=receipt.order,
        size=957_235,
        format=Format.JPEG,
        width=2560,
        height=1876,
        orientation=6,
        sha256=new_persist_name(),
        perceptual_hash="c3d1a86e5b90f72e",
        suspect=None,
        persisted=PersistedFile("26936493", f"/api/files/26936493/download/{receipt.persist_name}.jpg"),
        trove_key=ObjectKey(f"trove/cards/{receipt.name}"),
        uploaded_by="bench",
        uploaded_at=receipt.announced_at,
    )
