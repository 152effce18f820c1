"""The `uploads` collection: one receipt per upload of one file.

`open: true` marks the receipts on which work remains; the index over it holds only these, so that
looking for leftovers costs nothing in a system of millions of finished uploads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chalicelib.domain.clock import utc_now
from chalicelib.domain.datasets import NotStored
from chalicelib.domain.errors import IngestInProgress, TransientFault
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Source, Tally

from .connection import Document, operation
from .indexes import NOT_STORED
from .paging import Sort, find_page

_DUPLICATE_KEY = 11_000
_SORTS = {"uploadDate": Sort("order")}
_UNDER_WAY = [ReceiptState.EXPECTED.value, ReceiptState.RECEIVED.value]


class MongoReceipts:
    """`ports.ReceiptStore` over MongoDB; `now` tells when a lease has run out."""

    def __init__(self, database: Database[Document], now: Callable[[], datetime] = utc_now) -> None:
        self._receipts = database["uploads"]
        self._now = now

    def announce(self, receipts: Sequence[Receipt]) -> None:
        if not receipts:
            return
        with operation():
            try:
                self._receipts.insert_many([_document(receipt) for receipt in receipts], ordered=False)
            except BulkWriteError as error:
                if any(fault["code"] != _DUPLICATE_KEY for fault in error.details["writeErrors"]):
                    raise

    def get(self, receipt_id: ReceiptId) -> Receipt | None:
        with operation():
            document = self._receipts.find_one({"_id": receipt_id})
        return None if document is None else to_receipt(document)

    def get_many(self, receipt_ids: Sequence[ReceiptId]) -> list[Receipt]:
        with operation():
            found = {row["_id"]: row for row in self._receipts.find({"_id": {"$in": list(receipt_ids)}})}
        return [to_receipt(found[receipt_id]) for receipt_id in receipt_ids if receipt_id in found]

    def claim(self, receipt_id: ReceiptId, owner: str, lease_seconds: float) -> Receipt | None:
        now = self._now()
        lease = _lease(owner, now, lease_seconds)
        free = [{"lease": None}, {"lease.until": {"$lte": now}}, {"lease.owner": owner}]
        with operation():
            document = self._receipts.find_one_and_update(
                {"_id": receipt_id, "open": True, "$or": free},
                {
                    "$set": {"state": ReceiptState.RECEIVED.value, "lease": lease},
                    "$inc": {"attempts": 1},
                    "$unset": {"reason": ""},
                },
                return_document=ReturnDocument.AFTER,
            )
            if document is not None:
                return to_receipt(document)
            document = self._receipts.find_one({"_id": receipt_id})
        if document is not None and document.get("open"):
            raise IngestInProgress(receipt_id)
        return None if document is None else to_receipt(document)

    def claim_new(self, receipt: Receipt, owner: str, lease_seconds: float) -> Receipt:
        fresh = replace(receipt, state=ReceiptState.RECEIVED, attempts=1)
        document = _document(fresh) | {"lease": _lease(owner, self._now(), lease_seconds)}
        with operation():
            try:
                self._receipts.insert_one(document)
            except DuplicateKeyError:
                pass  # claimed below, in an operation of its own
            else:
                return to_receipt(document)
        begun = self.claim(receipt.id, owner, lease_seconds)
        if begun is None:
            raise TransientFault("MongoDB", f"receipt {receipt.id} vanished")
        return begun

    def reopen(self, receipt: Receipt, fresh: Receipt) -> bool:
        with operation():
            replaced = self._receipts.replace_one(
                {"_id": receipt.id, "open": None, "finishedAt": receipt.finished_at}, _document(fresh)
            )
        return replaced.modified_count == 1

    def record_persisted(self, receipt_id: ReceiptId, persisted: PersistedFile) -> None:
        answer = {"id": persisted.id, "url": persisted.url}
        with operation():
            self._receipts.update_one({"_id": receipt_id}, {"$set": {"persisted": answer}})

    def reject(self, receipt: Receipt, code: RejectionKind, reason: str, at: datetime) -> None:
        end = {
            "state": ReceiptState.REJECTED.value,
            "reason": reason,
            "code": code.value,
            "uploadedBy": receipt.uploaded_by,
            "finishedAt": at,
        }
        with operation():
            self._receipts.update_one(
                {"_id": receipt.id, "open": True}, {"$set": end, "$unset": {"open": "", "lease": ""}}
            )

    def fail(self, receipt_id: ReceiptId, reason: str) -> None:
        with operation():
            self._receipts.update_one(
                {"_id": receipt_id, "open": True},
                {"$set": {"state": ReceiptState.FAILED.value, "reason": reason}, "$unset": {"lease": ""}},
            )

    def of_upload(self, upload_id: UploadId) -> list[Receipt]:
        with operation():
            found = self._receipts.find({"uploadID": upload_id}).sort("order", 1)
            return [to_receipt(document) for document in found]

    def tally(self, upload_id: UploadId) -> Tally:
        pipeline: list[Document] = [
            {"$match": {"uploadID": upload_id}},
            {"$group": {"_id": "$state", "files": {"$sum": 1}}},
        ]
        with operation():
            files = {row["_id"]: row["files"] for row in self._receipts.aggregate(pipeline)}
        return Tally(
            stored=files.get(ReceiptState.STORED, 0),
            rejected=files.get(ReceiptState.REJECTED, 0),
            failed=files.get(ReceiptState.FAILED, 0),
            pending=sum(files.get(state, 0) for state in _UNDER_WAY),
        )

    def page_of_upload(
        self, upload_id: UploadId, request: PageRequest, state: ReceiptState | None = None
    ) -> Page[Receipt]:
        query: Document = {"uploadID": upload_id}
        if state is not None:
            query["state"] = state.value
        return find_page(self._receipts, query, request, _SORTS, to_receipt)

    def page(
        self, dataset_id: DatasetId | None, states: Sequence[ReceiptState], request: PageRequest
    ) -> Page[Receipt]:
        query: Document = {"state": {"$in": [state.value for state in states]}}
        if dataset_id is not None:
            query["datasetID"] = ObjectId(dataset_id)
        return find_page(self._receipts, query, request, _SORTS, to_receipt)

    def not_stored(self, dataset_ids: Sequence[DatasetId] | None = None) -> dict[DatasetId, NotStored]:
        """See `ports.ReceiptStore`."""
        match: Document = {"state": NOT_STORED}
        if dataset_ids is not None:
            match["datasetID"] = {"$in": [ObjectId(dataset_id) for dataset_id in dataset_ids]}
        group = {"_id": {"dataset": "$datasetID", "state": "$state"}, "files": {"$sum": 1}}
        with operation():
            rows = self._receipts.aggregate([{"$match": match}, {"$group": group}]).to_list()
        pending, rejected = Counter[ObjectId](), Counter[ObjectId]()
        for row in rows:
            of_state = rejected if row["_id"]["state"] == ReceiptState.REJECTED.value else pending
            of_state[row["_id"]["dataset"]] += row["files"]
        return {
            DatasetId(str(dataset)): NotStored(pending[dataset], rejected[dataset])
            for dataset in pending.keys() | rejected.keys()
            if dataset is not None
        }

    def count_open(self, upload_id: UploadId) -> int:
        with operation():
            return self._receipts.count_documents({"uploadID": upload_id, "state": {"$in": _UNDER_WAY}})


def _lease(owner: str, now: datetime, seconds: float) -> Document:
    return {"owner": owner, "until": now + timedelta(seconds=seconds)}


def _document(receipt: Receipt) -> Document:
    document: Document = {
        "_id": receipt.id,
        "source": receipt.source.value,
        "key": receipt.key,
        "name": receipt.name,
        "datasetID": ObjectId(receipt.dataset_id) if receipt.dataset_id else None,
        "uploadID": receipt.upload_id,
        "order": receipt.order,
        "uploadedBy": receipt.uploaded_by,
        "announcedAt": receipt.announced_at,
        "imageID": ObjectId(receipt.image_id),
        "persistName": receipt.persist_name,
        "state": receipt.state.value,
        "attempts": receipt.attempts,
        "declaredSize": receipt.declared_size,
        "declaredSha256": receipt.declared_sha256,
        "finishedAt": receipt.finished_at,
    }
    if receipt.reason is not None:
        document["reason"] = receipt.reason
    if receipt.code is not None:
        document["code"] = receipt.code.value
    if receipt.persisted is not None:
        document["persisted"] = {"id": receipt.persisted.id, "url": receipt.persisted.url}
    if not receipt.state.is_final:
        document["open"] = True
    return document


def to_receipt(document: Document) -> Receipt:
    dataset, persisted = document["datasetID"], document.get("persisted")
    return Receipt(
        id=ReceiptId(document["_id"]),
        source=Source(document["source"]),
        key=ObjectKey(document["key"]),
        name=document["name"],
        dataset_id=None if dataset is None else DatasetId(str(dataset)),
        upload_id=UploadId(document["uploadID"]) if document["uploadID"] else None,
        order=document["order"],
        uploaded_by=document["uploadedBy"],
        announced_at=document["announcedAt"],
        image_id=ImageId(str(document["imageID"])),
        persist_name=document["persistName"],
        state=ReceiptState(document["state"]),
        reason=document.get("reason"),
        code=RejectionKind.of(document.get("code")),
        attempts=document["attempts"],
        declared_size=document["declaredSize"],
        declared_sha256=document["declaredSha256"],
        persisted=PersistedFile(persisted["id"], persisted["url"]) if persisted else None,
        finished_at=document["finishedAt"],
    )
