"""The sweep's view of `uploads` and `images`: what is open, reserved or retired, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.leftovers import Backlog, ReceiptProgress, Reservation
from chalicelib.domain.new_receipts import first_order
from chalicelib.domain.receipts import Receipt, ReceiptState

from .connection import Document, operation
from .images import ARRIVING, LIVE, RETIRED, to_image
from .receipts import to_receipt
from .scan import scan


class MongoLeftovers:
    """`ports.LeftoverStore` over MongoDB."""

    def __init__(self, database: Database[Document]) -> None:
        self._images = database["images"]
        self._receipts = database["uploads"]

    def progress(self, receipt_ids: Sequence[ReceiptId]) -> dict[ReceiptId, ReceiptProgress]:
        fields = {"state": 1, "imageID": 1, "finishedAt": 1}
        with operation():
            found = self._receipts.find({"_id": {"$in": list(receipt_ids)}}, fields).to_list()
        return {ReceiptId(document["_id"]): _progress(document) for document in found}

    def open_uploads(self, before: datetime) -> Iterator[Receipt]:
        query = {"open": True, "announcedAt": {"$lt": before}}
        return map(to_receipt, scan(self._receipts, query, "announcedAt"))

    def begun_since(self, since: datetime) -> int:
        # By the index over state and order, of which every state has a part.
        states = [state.value for state in ReceiptState]
        with operation():
            return self._receipts.count_documents(
                {"state": {"$in": states}, "order": {"$gte": first_order(since)}}
            )

    def end_leases(self) -> int:
        with operation():
            ended = self._receipts.update_many(
                {"open": True, "lease": {"$exists": True}}, {"$unset": {"lease": ""}}
            )
            unsettled = {"unsettledSince": {"$exists": True}}  # the index that finds them without a scan
            self._images.update_many(unsettled, {"$unset": {"holders": ""}})
        return ended.modified_count

    def backlog(self) -> Backlog:
        failed = {"state": ReceiptState.FAILED.value}
        with operation():
            count = self._receipts.count_documents(failed)
            oldest = self._receipts.find_one(failed, {"announcedAt": 1}, sort=[("order", 1)])
        return Backlog(count, oldest["announcedAt"] if oldest else None)

    def reservations(self, before: datetime) -> Iterator[Reservation]:
        return map(_reservation, self._unsettled(ARRIVING, before))

    def retired(self, before: datetime) -> Iterator[Image]:
        return map(to_image, self._unsettled(RETIRED, before))

    def _unsettled(self, state: str, before: datetime) -> Iterator[Document]:
        query = {"state": state, "unsettledSince": {"$lt": before}}
        return scan(self._images, query, "unsettledSince")

    def image_state(self, image_id: ImageId) -> ImageState | None:
        with operation():
            document = self._images.find_one({"_id": ObjectId(image_id)}, {"state": 1})
        return None if document is None else ImageState(document["state"])

    def live_among(self, image_ids: Sequence[ImageId]) -> set[ImageId]:
        ids = [ObjectId(image_id) for image_id in image_ids]
        with operation():
            found = self._images.find({"_id": {"$in": ids}, "state": LIVE}, {"_id": 1}).to_list()
        return {ImageId(str(document["_id"])) for document in found}

    def names_taken(self, dataset_id: DatasetId, names: Sequence[str]) -> set[str]:
        query = {"datasetID": ObjectId(dataset_id), "name": {"$in": list(names)}}
        with operation():
            found = self._images.find(query, {"name": 1, "_id": 0}).to_list()
        return {document["name"] for document in found}

    def hold_name(self, dataset_id: DatasetId, name: str, holder: str, at: datetime) -> ImageId | None:
        held = ObjectId()
        document = {
            "_id": held,
            "datasetID": ObjectId(dataset_id),
            "receiptID": f"none-{held}",  # receipts are unique among images
            "state": ARRIVING,
            "unsettledSince": at,
            "name": name,
            "holders": [{"by": holder, "at": at}],
        }
        with operation():
            try:
                self._images.insert_one(document)
            except DuplicateKeyError:
                return None
        return ImageId(str(held))


def _progress(document: Document) -> ReceiptProgress:
    return ReceiptProgress(
        ReceiptState(document["state"]), ImageId(str(document["imageID"])), document["finishedAt"]
    )


def _reservation(document: Document) -> Reservation:
    return Reservation(
        ImageId(str(document["_id"])),
        ReceiptId(document["receiptID"]),
        DatasetId(str(document["datasetID"])),
        document["name"],
    )
