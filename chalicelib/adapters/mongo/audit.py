"""The `audit` collection. This module inserts and reads; nothing anywhere changes or removes a record.

`about` lists what a record can be asked for by, so that one index serves every question.
"""

from __future__ import annotations

from dataclasses import replace

import pymongo
from bson import ObjectId
from pymongo.database import Database

from chalicelib.domain.audit import Action, AuditRecord
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.users import Role

from .connection import Document, operation
from .paging import Sort, find_page

ADD_SECONDS = 2
"""The request that is recorded waits for its record, but not long."""
_ALL = "*"
_SORTS = {"date": Sort("recordedAt", repeats=True)}


class MongoAudit:
    """`ports.AuditStore` over MongoDB."""

    def __init__(self, database: Database[Document]) -> None:
        self._audit = database["audit"]

    def add(self, record: AuditRecord) -> None:
        with operation(), pymongo.timeout(ADD_SECONDS):
            self._audit.insert_one(_document(record))

    def page(self, dataset_id: DatasetId | None, user: str | None, request: PageRequest) -> Page[AuditRecord]:
        about = [*([_of_dataset(dataset_id)] if dataset_id else []), *([_of_user(user)] if user else [])]
        query: Document = {"about": {"$all": about}} if about else {"about": _ALL}
        return find_page(self._audit, query, replace(request, sort="-date"), _SORTS, _record)


def _of_dataset(dataset_id: DatasetId) -> str:
    return f"dataset:{dataset_id}"


def _of_user(user: str) -> str:
    return f"user:{user}"


def _document(record: AuditRecord) -> Document:
    about = [_ALL]
    if record.dataset_id:
        about.append(_of_dataset(record.dataset_id))
    if record.user:
        about.append(_of_user(record.user))
    return {
        "_id": ObjectId(),
        "about": about,
        "recordedAt": record.at,
        "action": record.action.value,
        "requestID": record.request_id,
        "user": record.user,
        "role": record.role.value if record.role else None,
        "datasetID": record.dataset_id,
        "names": list(record.names),
        "file": record.file_id,
        "address": record.address,
    }


def _record(document: Document) -> AuditRecord:
    return AuditRecord(
        at=document["recordedAt"],
        action=Action(document["action"]),
        request_id=document["requestID"],
        user=document["user"],
        role=Role(document["role"]) if document["role"] else None,
        dataset_id=DatasetId(document["datasetID"]) if document["datasetID"] else None,
        names=tuple(document["names"]),
        file_id=document["file"],
        address=document["address"],
    )
