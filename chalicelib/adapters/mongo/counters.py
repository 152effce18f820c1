"""Exact totals without a hot document.

Each writer (one thread of one container) keeps a counter document of its own per dataset, changed
in the same transaction as the image itself. Writers therefore never wait for each other, a crash
leaves either both changes or none, and a dataset's totals are the sum of its few counters. They
lie among the receipts, so that one command changes a counter and settles a receipt: a transaction
then takes no more round trips than the plain writes would. `docs/counts.md` has the designs that
were measured.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from bson import ObjectId
from pymongo.database import Database

from chalicelib.domain.datasets import DatasetTotals

from .connection import Document, Update, operation

COUNTERS = "uploads"
"""The collection that they share with the receipts."""


class MongoCounters:
    """The counter documents of all datasets, among the receipts: `counts` names the dataset."""

    def __init__(self, database: Database[Document]) -> None:
        self._counters = database[COUNTERS]
        self._thread = threading.local()

    def change(self, dataset: ObjectId, images: int, size: int, at: datetime) -> Update:
        """What adds to a dataset's totals, for a transaction; `size` is in bytes, both may be negative."""
        return Update(
            {"_id": f"{dataset}/{self._writer()}"},
            {
                "$inc": {"images": images, "bytes": size},
                "$max": {"modifiedAt": at},
                "$setOnInsert": {"counts": dataset},
            },
            upsert=True,
        )

    def totals(self, datasets: Sequence[ObjectId]) -> dict[ObjectId, DatasetTotals]:
        """The totals of those of `datasets` that ever held an image."""
        pipeline: list[Document] = [
            {"$match": {"counts": {"$in": list(datasets)}}},
            {
                "$group": {
                    "_id": "$counts",
                    "images": {"$sum": "$images"},
                    "bytes": {"$sum": "$bytes"},
                    "modifiedAt": {"$max": "$modifiedAt"},
                }
            },
        ]
        with operation():
            return {
                row["_id"]: DatasetTotals(row["images"], row["bytes"], row["modifiedAt"])
                for row in self._counters.aggregate(pipeline)
            }

    def _writer(self) -> str:
        if not hasattr(self._thread, "writer"):
            self._thread.writer = uuid4().hex
        return str(self._thread.writer)
