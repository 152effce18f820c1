"""The upkeep of the counter documents.

Image and counter change in one transaction, so at every snapshot the counters differ from the
images by the same amount: whatever runs at the same time moves both sides alike. A recount
therefore needs no lock. It reads both sides in one snapshot and adds the difference to a counter
of its own; two recounts at once write that same document, so one of them starts over.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database

from chalicelib.domain.ids import DatasetId
from chalicelib.domain.leftovers import Drift

from .connection import Document, in_transaction, operation
from .counters import COUNTERS
from .images import LIVE


class MongoTotals:
    """`ports.TotalsStore` over MongoDB."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._counters = database[COUNTERS]
        self._images = database["images"]

    def drift(self, dataset_id: DatasetId) -> Drift:
        dataset = ObjectId(dataset_id)
        return in_transaction(self._database, lambda session: self._drift(dataset, session))

    def correct(self, dataset_id: DatasetId) -> Drift:
        dataset = ObjectId(dataset_id)

        def work(session: ClientSession) -> Drift:
            drift = self._drift(dataset, session)
            if drift:
                self._add(dataset, {"images": drift.images, "bytes": drift.bytes}, None, session)
            return drift

        return in_transaction(self._database, work)

    def scattered(self, before: datetime) -> list[DatasetId]:
        pipeline: list[Document] = [
            {"$match": {"counts": {"$exists": True}, "modifiedAt": {"$lt": before}}},
            {"$group": {"_id": "$counts", "counters": {"$sum": 1}}},
            {"$match": {"counters": {"$gt": 1}}},
        ]
        with operation():
            return [DatasetId(str(row["_id"])) for row in self._counters.aggregate(pipeline)]

    def fold(self, dataset_id: DatasetId, before: datetime) -> int:
        dataset = ObjectId(dataset_id)

        def work(session: ClientSession) -> int:
            """A writer that changes its counter at the same time conflicts: one of both starts over."""
            idle = self._counters.find(
                {"counts": dataset, "modifiedAt": {"$lt": before}}, session=session
            ).to_list()
            if len(idle) > 1:
                self._counters.delete_many({"_id": {"$in": [row["_id"] for row in idle]}}, session=session)
                sums = {name: sum(row[name] for row in idle) for name in ("images", "bytes")}
                self._add(dataset, sums, max(row["modifiedAt"] for row in idle), session)
            return len(idle)

        return in_transaction(self._database, work)

    def _add(
        self, dataset: ObjectId, sums: dict[str, int], at: datetime | None, session: ClientSession
    ) -> None:
        """Add to the counter that is nobody's."""
        change: Document = {"$inc": sums, "$setOnInsert": {"counts": dataset}}
        if at is not None:
            change["$max"] = {"modifiedAt": at}
        self._counters.update_one({"_id": f"{dataset}/folded"}, change, upsert=True, session=session)

    def _drift(self, dataset: ObjectId, session: ClientSession) -> Drift:
        of_images = self._sums(
            "images", {"datasetID": dataset, "state": LIVE}, {"$sum": 1}, "$bytes", session
        )
        of_counters = self._sums(COUNTERS, {"counts": dataset}, {"$sum": "$images"}, "$bytes", session)
        return Drift(of_images[0] - of_counters[0], of_images[1] - of_counters[1])

    def _sums(
        self, collection: str, query: Document, images: Document, size: str, session: ClientSession
    ) -> tuple[int, int]:
        pipeline = [
            {"$match": query},
            {"$group": {"_id": None, "images": images, "bytes": {"$sum": size}}},
        ]
        rows = self._database[collection].aggregate(pipeline, session=session).to_list()
        return (rows[0]["images"], rows[0]["bytes"]) if rows else (0, 0)
