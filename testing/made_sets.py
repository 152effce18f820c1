"""Datasets that were never uploaded: written straight into the database, to read from large ones."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from chalicelib.domain.images import ImageState
from chalicelib.domain.new_receipts import new_image_id, new_persist_name

BEGAN = datetime(2021, 5, 20, 7, 54, tzinfo=UTC)
SIZES = ((3505, 2480), (2560, 1876), (3092, 2339), (2381, 1650), (1200, 1600))
"""Of the published page's images."""
_BATCH = 10_000
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class MadeSet:
    """A dataset in the database."""

    id: str
    name: str
    images: int


def make_set(
    database: Database[dict[str, Any]], name: str, images: int, *, random_names: bool = False
) -> MadeSet:
    """A dataset with images, in upload order `name-000000.jpg` and on, and its counter.

    With `random_names` they have 32 random letters and digits, as the published page's images do.
    """
    dataset = _dataset(name)
    database["datasets"].insert_one(dataset)
    documents = _images(dataset["_id"], name, images, random_names=random_names)
    total = 0
    while batch := list(islice(documents, _BATCH)):
        total += sum(document["bytes"] for document in batch)
        database["images"].insert_many(batch, ordered=False)
    database["uploads"].insert_one(_counter(dataset["_id"], images, total))
    return MadeSet(str(dataset["_id"]), name, images)


def remove_set(database: Database[dict[str, Any]], made: MadeSet) -> None:
    """Take a made dataset out again, with all that was written for it."""
    dataset = ObjectId(made.id)
    database["images"].delete_many({"datasetID": dataset})
    database["uploads"].delete_many({"counts": dataset})
    database["datasets"].delete_one({"_id": dataset})


def make_empty_sets(database: Database[dict[str, Any]], count: int, images_each: int) -> None:
    """Datasets of which only the counters are there: as the list sees them, they have images."""
    datasets = [_dataset(f"made {n:05d}") for n in range(count)]
    database["datasets"].insert_many(datasets)
    counters = [_counter(dataset["_id"], images_each, images_each * 500_000) for dataset in datasets]
    database["uploads"].insert_many(counters)


def image_name(set_name: str, n: int) -> str:
    """What the n-th image of a made dataset is called."""
    return f"{set_name}-{n:06d}.jpg"


def _dataset(name: str) -> dict[str, Any]:
    return {"_id": ObjectId(), "name": name, "createdBy": "vedant", "createdAt": BEGAN}


def _counter(dataset: ObjectId, images: int, size: int) -> dict[str, Any]:
    return {
        "_id": f"{dataset}/made",
        "counts": dataset,
        "images": images,
        "bytes": size,
        "modifiedAt": BEGAN,
    }


def _images(dataset: ObjectId, set_name: str, count: int, *, random_names: bool) -> Iterator[dict[str, Any]]:
    chance = random.Random(set_name)
    for n in range(count):
        digest = sha256(f"{set_name} {n}".encode()).hexdigest()
        image_id, name = new_image_id(), image_name(set_name, n)
        if random_names:
            name = "".join(chance.choices(_LETTERS, k=32)) + ".jpg"
        width, height = chance.choice(SIZES)
        number = str(10_000_000 + int(image_id[-6:], 16))
        yield {
            "_id": ObjectId(image_id),
            "datasetID": dataset,
            "receiptID": digest[:32],
            "state": ImageState.LIVE.value,
            "name": name,
            "order": f"{n:013d}-{dataset}-{n:06d}",
            "bytes": int(min(3e6, max(6e4, chance.lognormvariate(12.8, 0.5)))),
            "format": "JPEG",
            "width": width,
            "height": height,
            "orientation": 1,
            "sha256": digest,
            "imageHash": f"{chance.getrandbits(64):016x}",
            "suspect": None,
            "persistID": number,
            "url": f"/api/files/{number}/download/{new_persist_name()}{digest[:32]}.jpg",
            "troveKey": f"trove/{set_name}/{name}",
            "uploadedBy": "vedant",
            "uploadedAt": BEGAN + timedelta(seconds=n // 10),
        }
