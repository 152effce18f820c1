"""The `datasets` collection."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chalicelib.domain.datasets import Dataset, DatasetSummary, DatasetTotals
from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound
from chalicelib.domain.ids import DatasetId, UploadId
from chalicelib.domain.paging import Page, PageRequest

from .connection import Document, operation
from .counters import MongoCounters
from .paging import Sort, find_page

_SORTS = {"uploadDate": Sort("createdAt", repeats=True), "name": Sort("name")}


class MongoDatasets:
    """`ports.DatasetStore` over MongoDB."""

    def __init__(self, database: Database[Document]) -> None:
        self._datasets = database["datasets"]
        self._counters = MongoCounters(database)

    def create(
        self, name: str, created_by: str, at: datetime, first_upload: UploadId | None = None
    ) -> Dataset:
        document = {"_id": ObjectId(), "name": name, "createdBy": created_by, "createdAt": at}
        if first_upload is not None:
            document["firstUpload"] = first_upload
        with operation():
            try:
                self._datasets.insert_one(document)
            except DuplicateKeyError as error:
                raise DatasetNameTaken(name) from error
        return _dataset(document)

    def begin_anew(self, dataset: Dataset, first_upload: UploadId, created_by: str, at: datetime) -> bool:
        anew = {"firstUpload": first_upload, "createdBy": created_by, "createdAt": at}
        with operation():
            changed = self._datasets.update_one(
                {"_id": ObjectId(dataset.id), "firstUpload": dataset.first_upload}, {"$set": anew}
            )
        return changed.modified_count == 1

    def get_or_create(self, name: str, created_by: str, at: datetime) -> Dataset:
        try:
            return self.get_by_name(name)
        except DatasetNotFound:
            pass
        try:
            return self.create(name, created_by, at)
        except DatasetNameTaken:
            # Two first files of one folder at once: the other one made it.
            return self.get_by_name(name)

    def get(self, dataset_id: DatasetId) -> Dataset:
        with operation():
            document = self._datasets.find_one({"_id": ObjectId(dataset_id)})
        if document is None:
            raise DatasetNotFound(dataset_id)
        return _dataset(document)

    def get_by_name(self, name: str) -> Dataset:
        with operation():
            document = self._datasets.find_one({"name": name})
        if document is None:
            raise DatasetNotFound(name)
        return _dataset(document)

    def totals(self, dataset_id: DatasetId) -> DatasetTotals:
        totals = self._counters.totals([ObjectId(dataset_id)])
        return totals.get(ObjectId(dataset_id), DatasetTotals())

    def page(self, request: PageRequest) -> Page[DatasetSummary]:
        page = find_page(self._datasets, {}, request, _SORTS, _dataset)
        totals = self._counters.totals([ObjectId(dataset.id) for dataset in page.rows])
        return Page(
            [DatasetSummary(row, totals.get(ObjectId(row.id), DatasetTotals())) for row in page.rows],
            page.next_cursor,
        )


def _dataset(document: Document) -> Dataset:
    return Dataset(
        id=DatasetId(str(document["_id"])),
        name=document["name"],
        created_by=document["createdBy"],
        created_at=document["createdAt"],
        first_upload=document.get("firstUpload"),
    )
