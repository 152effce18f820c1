"""The `cursors` collection: how far each walk of the sweep has come."""

from __future__ import annotations

from pymongo.database import Database

from .connection import Document, operation


class MongoCursors:
    """`ports.CursorStore` over MongoDB."""

    def __init__(self, database: Database[Document]) -> None:
        self._cursors = database["cursors"]

    def get(self, walk: str) -> str:
        with operation():
            document = self._cursors.find_one({"_id": walk})
        return "" if document is None else str(document["position"])

    def put(self, walk: str, position: str) -> None:
        with operation():
            self._cursors.update_one({"_id": walk}, {"$set": {"position": position}}, upsert=True)
