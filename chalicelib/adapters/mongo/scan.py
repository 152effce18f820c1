"""Reading through a collection while what is read changes: each batch is a query of its own."""

from __future__ import annotations

from collections.abc import Iterator

from pymongo.collection import Collection

from .connection import Document, operation

DOCUMENTS_PER_BATCH = 1_000


def scan(collection: Collection[Document], query: Document, field: str) -> Iterator[Document]:
    """All documents that match `query`, by `field` and id; an index over both must serve it.

    No cursor stays open between batches: repairs may take longer than a cursor lives.
    """
    behind: Document = {}
    while True:
        with operation():
            batch = (
                collection.find({"$and": [query, behind]} if behind else query)
                .sort([(field, 1), ("_id", 1)])
                .limit(DOCUMENTS_PER_BATCH)
                .to_list()
            )
        yield from batch
        if len(batch) < DOCUMENTS_PER_BATCH:
            return
        last = batch[-1]
        # The first condition gives the index its bounds, the second one drops the rows already seen.
        seen = {"$or": [{field: {"$gt": last[field]}}, {"_id": {"$gt": last["_id"]}}]}
        behind = {"$and": [{field: {"$gte": last[field]}}, seen]}
