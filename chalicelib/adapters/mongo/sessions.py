"""The `sessions` collection, and `announcedCalls`: what idempotency keys stand for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.database import Database

from chalicelib.domain.clock import utc_now
from chalicelib.domain.errors import TransientFault, UploadNotFound
from chalicelib.domain.ids import DatasetId, UploadId
from chalicelib.domain.uploads import UploadSession
from chalicelib.ports.records import AnnouncedCall

from .connection import Document, operation


class MongoSessions:
    """`ports.SessionStore` over MongoDB; `now` tells since when a call is known by its key."""

    def __init__(self, database: Database[Document], now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._sessions = database["sessions"]
        self._calls = database["announcedCalls"]

    def open(self, session: UploadSession) -> None:
        document = {
            "_id": session.id,
            "datasetID": ObjectId(session.dataset_id),
            "createdBy": session.created_by,
            "createdAt": session.created_at,
            "expiresAt": session.expires_at,
            "places": 0,
        }
        with operation():
            self._sessions.insert_one(document)

    def get(self, upload_id: UploadId) -> UploadSession:
        with operation():
            document = self._sessions.find_one({"_id": upload_id})
        if document is None:
            raise UploadNotFound(upload_id)
        return UploadSession(
            id=UploadId(document["_id"]),
            dataset_id=DatasetId(str(document["datasetID"])),
            created_by=document["createdBy"],
            created_at=document["createdAt"],
            expires_at=document["expiresAt"],
        )

    def take_places(self, upload_id: UploadId, count: int) -> int:
        with operation():
            document = self._sessions.find_one_and_update(
                {"_id": upload_id}, {"$inc": {"places": count}}, return_document=ReturnDocument.BEFORE
            )
        if document is None:
            raise UploadNotFound(upload_id)
        return int(document["places"])

    def recall(self, key: str) -> AnnouncedCall | None:
        with operation():
            document = self._calls.find_one({"_id": key})
        return None if document is None else _call(document)

    def remember(self, key: str, call: AnnouncedCall) -> AnnouncedCall:
        new = {
            "uploadID": call.upload_id,
            "first": call.first,
            "count": call.count,
            "fingerprint": call.fingerprint,
            "at": self._now(),
        }
        with operation():
            document = self._calls.find_one_and_update(
                {"_id": key}, {"$setOnInsert": new}, upsert=True, return_document=ReturnDocument.AFTER
            )
        if document is None:
            raise TransientFault("MongoDB", "a call that was remembered did not come back")
        return _call(document)


def _call(document: Document) -> AnnouncedCall:
    return AnnouncedCall(
        UploadId(document["uploadID"]), document["first"], document["count"], document["fingerprint"]
    )
