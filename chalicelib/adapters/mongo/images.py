"""The `images` collection: one document per image, and the two transactions that change totals.

A document passes through three states. `arriving`: its name is taken, nothing shows it. `live`:
listed and counted. `retired`: no longer listed or counted, its name still taken until its trove
object is gone. So one unique index over (dataset, name) is enough to keep two images from ever
writing the same trove object, whatever crashes in between.

`holders` are those who may still write or remove the objects of the document's name, each with the
time of its hold. A document that is held is never dropped, so its name comes free only when
everybody who could touch its trove object has ended: `chalicelib/services/catalogue/delete_images.py` has
the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.cursor import Cursor
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chalicelib.domain.clock import utc_now
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.formats import Format
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId
from chalicelib.domain.images import Image, ImageLink, ImageState, ListedImage, PersistedFile
from chalicelib.domain.leftovers import HOLD_SECONDS
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState

from .connection import Document, Update, in_transaction, operation, update
from .counters import COUNTERS, MongoCounters
from .paging import Sort, find_page

ARRIVING = ImageState.ARRIVING.value
LIVE = ImageState.LIVE.value
RETIRED = ImageState.RETIRED.value
RETIRE_BATCH = 1_000
"""Images per transaction: keeps it well within the server's 60 s and 16 MB."""
URLS_PER_BATCH = 5_000
"""About 1 MB."""

_FORMATS = {kind.value: kind for kind in Format}
"""By name: an enum's own look-up takes several times as long, and a listing may ask 100,000 times."""
_SORTS = {"uploadDate": Sort("order"), "name": Sort("name"), "fileSize": Sort("bytes", repeats=True)}


class MongoImages:
    """`ports.ImageStore` over MongoDB; `now` tells since when a name is reserved."""

    def __init__(self, database: Database[Document], now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._database = database
        self._images = database["images"]
        self._counters = MongoCounters(database)

    def reserve_name(self, receipt: Receipt, dataset_id: DatasetId, names: Sequence[str]) -> str:
        document = {
            "_id": ObjectId(receipt.image_id),
            "datasetID": ObjectId(dataset_id),
            "receiptID": receipt.id,
            "state": ARRIVING,
            "unsettledSince": self._now(),
        }
        with operation():
            for name in names:
                try:
                    self._images.insert_one(document | {"name": name})
                except DuplicateKeyError:
                    own = self._images.find_one({"_id": document["_id"]}, {"name": 1})
                    if own is not None:
                        return str(own["name"])
                else:
                    return name
        raise TransientFault("MongoDB", f"all of {len(names)} names are taken")

    def hold(
        self, image_ids: Sequence[ImageId], state: ImageState, holder: str, at: datetime
    ) -> set[ImageId]:
        ids = [ObjectId(image_id) for image_id in image_ids]
        with operation():
            self._images.update_many({"_id": {"$in": ids}, "state": state.value}, _held_by(holder, at))
            held = self._images.find({"_id": {"$in": ids}, "holders.by": holder}, {"_id": 1}).to_list()
        return {ImageId(str(document["_id"])) for document in held}

    def let_go(self, image_id: ImageId, holder: str) -> None:
        with operation():
            self._images.update_one({"_id": ObjectId(image_id)}, {"$pull": {"holders": {"by": holder}}})

    def release_name(self, image_id: ImageId, holder: str, at: datetime) -> bool:
        return not self._drop([ObjectId(image_id)], ARRIVING, holder, at)

    def _drop(self, ids: Sequence[ObjectId], state: str, holder: str, at: datetime) -> set[ImageId]:
        """End `holder`'s hold, and drop what nobody holds any more; returns what stays."""
        ended = [{"by": holder}, {"at": {"$lte": at - timedelta(seconds=HOLD_SECONDS)}}]
        meant = {"_id": {"$in": list(ids)}, "state": state}
        with operation():
            self._images.update_many(meant, {"$pull": {"holders": {"$or": ended}}})
            self._images.delete_many(meant | {"holders.0": {"$exists": False}})
            stay = self._images.find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list()
        return {ImageId(str(document["_id"])) for document in stay}

    def record(self, image: Image, at: datetime) -> None:

        def work(session: ClientSession) -> None:
            make_live = Update(
                {"_id": ObjectId(image.id), "state": ARRIVING},
                {"$set": to_fields(image), "$unset": {"unsettledSince": ""}},
            )
            if update(self._database, "images", [make_live], session) == 0:
                if self._images.find_one({"_id": ObjectId(image.id)}, {"_id": 1}, session=session):
                    return
                raise TransientFault("MongoDB", f"the name of image {image.id} is not reserved")
            end = {"state": ReceiptState.STORED.value, "uploadedBy": image.uploaded_by, "finishedAt": at}
            settle = Update(
                {"_id": image.receipt_id, "imageID": ObjectId(image.id), "open": True},
                {"$set": end, "$unset": {"open": "", "lease": "", "reason": ""}},
            )
            count = self._counters.change(ObjectId(image.dataset_id), 1, image.size, at)
            if update(self._database, COUNTERS, [settle, count], session) < 2:
                # Leaving takes the image and its count back: an upload has one end.
                raise TransientFault("MongoDB", f"receipt {image.receipt_id} waits for no such image")

        in_transaction(self._database, work)

    def exists(self, image_id: ImageId) -> bool:
        with operation():
            found = self._images.find_one({"_id": ObjectId(image_id), "state": LIVE}, {"_id": 1})
        return found is not None

    def page(self, dataset_id: DatasetId, request: PageRequest) -> Page[Image]:
        query = {"datasetID": ObjectId(dataset_id), "state": LIVE}
        return find_page(self._images, query, request, _SORTS, to_image)

    def listing(self, dataset_id: DatasetId, request: PageRequest) -> Page[ListedImage]:
        query = {"datasetID": ObjectId(dataset_id), "state": LIVE}
        return find_page(self._images, query, request, _SORTS, _to_listed, _LISTED)

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        return (document["url"] for document in self._in_order(dataset_id, {"url": 1, "_id": 0}))

    def links(self, dataset_id: DatasetId) -> Iterator[ImageLink]:
        found = self._in_order(dataset_id, {"name": 1, "url": 1, "_id": 0})
        return (ImageLink(document["name"], document["url"]) for document in found)

    def _in_order(self, dataset_id: DatasetId, fields: dict[str, int]) -> Iterator[Document]:
        """These fields of all live images in upload order, batch by batch."""
        query = {"datasetID": ObjectId(dataset_id), "state": LIVE}
        with self._images.find(query, fields, batch_size=URLS_PER_BATCH).sort("order", 1) as found:
            while batch := _next_batch(found):
                yield from batch

    def retire(self, dataset_id: DatasetId, names: Sequence[str], holder: str, at: datetime) -> list[Image]:
        retired: list[Image] = []
        for start in range(0, len(names), RETIRE_BATCH):
            batch = names[start : start + RETIRE_BATCH]
            retired += self._retire_batch(ObjectId(dataset_id), batch, holder, at)
        return retired

    def _retire_batch(
        self, dataset: ObjectId, names: Sequence[str], holder: str, at: datetime
    ) -> list[Image]:
        def work(session: ClientSession) -> list[Image]:
            documents = self._images.find(
                {"datasetID": dataset, "name": {"$in": list(names)}, "state": {"$in": [LIVE, RETIRED]}},
                session=session,
            ).to_list()
            live = [document for document in documents if document["state"] == LIVE]
            meant = {"_id": {"$in": [document["_id"] for document in documents]}}
            if documents:
                self._images.update_many(meant, _held_by(holder, at), session=session)
            if live:
                self._images.update_many(
                    {"_id": {"$in": [document["_id"] for document in live]}},
                    {"$set": {"state": RETIRED, "unsettledSince": at}},
                    session=session,
                )
                size = sum(document["bytes"] for document in live)
                count = self._counters.change(dataset, -len(live), -size, at)
                update(self._database, COUNTERS, [count], session)
            return [to_image(document) for document in documents]

        return in_transaction(self._database, work)

    def forget(self, image_ids: Iterable[ImageId], holder: str, at: datetime) -> set[ImageId]:
        return self._drop([ObjectId(image_id) for image_id in image_ids], RETIRED, holder, at)


def _held_by(holder: str, at: datetime) -> Document:
    return {"$push": {"holders": {"by": holder, "at": at}}}


def _next_batch(found: Cursor[Document]) -> list[Document]:
    """The time limit is each batch's own: how fast the rows are read is their reader's business."""
    with operation():
        return found.to_list(URLS_PER_BATCH)


def to_fields(image: Image) -> Document:
    return {
        "state": LIVE,
        "name": image.name,
        "order": image.order,
        "bytes": image.size,
        "format": image.format.value,
        "width": image.width,
        "height": image.height,
        "orientation": image.orientation,
        "sha256": image.sha256,
        "imageHash": image.perceptual_hash,
        "suspect": image.suspect,
        "persistID": image.persisted.id,
        "url": image.persisted.url,
        "troveKey": image.trove_key,
        "uploadedBy": image.uploaded_by,
        "uploadedAt": image.uploaded_at,
    }


_LISTED = dict.fromkeys(
    (
        *("name", "bytes", "format", "width", "height", "sha256", "imageHash", "url"),
        *("uploadedBy", "uploadedAt", "order"),
    ),
    1,
)


def _to_listed(document: Document) -> ListedImage:
    return ListedImage(
        ImageId(document["_id"].binary.hex()),  # str() of an ObjectId takes as long as all the rest
        document["name"],
        document["bytes"],
        _FORMATS[document["format"]],
        document["width"],
        document["height"],
        document["sha256"],
        document["imageHash"],
        document["url"],
        document["uploadedBy"],
        document["uploadedAt"],
    )


def to_image(document: Document) -> Image:
    return Image(
        id=ImageId(str(document["_id"])),
        dataset_id=DatasetId(str(document["datasetID"])),
        receipt_id=ReceiptId(document["receiptID"]),
        name=document["name"],
        order=document["order"],
        size=document["bytes"],
        format=_FORMATS[document["format"]],
        width=document["width"],
        height=document["height"],
        orientation=document["orientation"],
        sha256=document["sha256"],
        perceptual_hash=document["imageHash"],
        suspect=document["suspect"],
        persisted=PersistedFile(document["persistID"], document["url"]),
        trove_key=ObjectKey(document["troveKey"]),
        uploaded_by=document["uploadedBy"],
        uploaded_at=document["uploadedAt"],
    )
