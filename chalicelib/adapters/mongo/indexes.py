"""Every index, each with the query that it serves."""

from __future__ import annotations

from pymongo import IndexModel
from pymongo.database import Database

from chalicelib.domain.lifetimes import UPLOAD_SESSION

from .connection import Document, operation

NOT_STORED = {"$lt": "stored"}
"""Receipts in any other state (expected, failed, received, rejected); `$ne` cannot limit an index."""

INDEXES: dict[str, list[IndexModel]] = {
    "datasets": [
        # create, update and drop by name; list by name
        IndexModel([("name", 1)], name="name", unique=True),
        # list in upload order
        IndexModel([("createdAt", 1), ("_id", 1)], name="upload_order"),
    ],
    "images": [
        # one image per name; delete by names; details by name, and searched
        IndexModel([("datasetID", 1), ("name", 1)], name="name", unique=True),
        # details and URLs in upload order
        IndexModel([("datasetID", 1), ("state", 1), ("order", 1)], name="upload_order"),
        # details by size
        IndexModel([("datasetID", 1), ("state", 1), ("bytes", 1), ("_id", 1)], name="file_size"),
        # what an upload became
        IndexModel([("receiptID", 1)], name="receipt", unique=True),
        # the sweep: reservations and removals that a crash left behind
        IndexModel(
            [("unsettledSince", 1), ("_id", 1)],
            name="unsettled_since",
            partialFilterExpression={"unsettledSince": {"$exists": True}},
        ),
    ],
    "uploads": [
        # what became of a request's or a session's files
        IndexModel([("uploadID", 1), ("order", 1)], name="upload"),
        IndexModel([("uploadID", 1), ("state", 1), ("order", 1)], name="upload_state"),
        # the receipts of a dataset, or of all, by state
        IndexModel([("datasetID", 1), ("state", 1), ("order", 1)], name="dataset_state"),
        IndexModel([("state", 1), ("order", 1)], name="state"),
        # how many files of each dataset are pending or rejected: holds only these
        IndexModel(
            [("state", 1), ("datasetID", 1)],
            name="not_stored",
            partialFilterExpression={"state": NOT_STORED},
        ),
        # the sweep: uploads on which work remains
        IndexModel(
            [("announcedAt", 1), ("_id", 1)], name="open_since", partialFilterExpression={"open": True}
        ),
        # a dataset's totals
        IndexModel([("counts", 1)], name="totals", sparse=True),
    ],
    "announcedCalls": [
        # a call under an idempotency key is remembered for a week
        IndexModel([("at", 1)], name="expiry", expireAfterSeconds=int(UPLOAD_SESSION.total_seconds())),
    ],
    "audit": [
        # who did what: of a dataset, of a user, of all, newest first
        IndexModel([("about", 1), ("recordedAt", -1), ("_id", -1)], name="about"),
    ],
}


def apply_indexes(database: Database[Document]) -> None:
    """Create what is missing; nothing happens to an index that is there."""
    with operation():
        for collection, indexes in INDEXES.items():
            database[collection].create_indexes(indexes)
