"""What exact counts cost: images recorded a second, beside plain writes of the same documents.

Run `python -m benchmarks.counts`. It starts a mongod of its own on an empty folder and measures, at
1, 8 and 64 concurrent writers into one dataset:

- `plain`: insert the image, `$inc` the dataset's document, update the receipt. A crash in between
  leaves a wrong count.
- `exact`: what ingest does, `MongoImages.record`: one transaction.
- `hot document`: the same transaction, but with the count in the dataset's document.

The designs take turns within every round. A rate is the median of the rounds; a share is the median
of each round's own share, so that what else the machine does falls on both alike. At the end the
totals are compared with a recount.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database

from chalicelib.adapters.mongo.connection import connect, in_transaction, operation
from chalicelib.adapters.mongo.datasets import MongoDatasets
from chalicelib.adapters.mongo.images import MongoImages, to_fields
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.mongo.receipts import MongoReceipts
from chalicelib.domain.model import DatasetId, Image, ObjectKey, PersistedFile, Receipt, ReceiptId, Source
from chalicelib.domain.receipts import new_persist_name, new_receipt
from local.home import Home
from local.mongod import Mongod, uri
from local.ports import choose_ports
from local.service import start

Rows = Database[dict[str, Any]]
Record = Callable[[Image], None]

WRITERS = {1: 60, 8: 160, 64: 320}
"""How many images each number of writers records in a round: few, so that designs take turns often."""
HOT_SHARE = 8
"""The hot document is so slow that it gets an eighth of the images."""


class Bench:
    """A database, and the designs that are measured on it."""

    def __init__(self, rows: Rows) -> None:
        apply_indexes(rows)
        self._rows = rows
        self._datasets = MongoDatasets(rows)
        self._images = MongoImages(rows)
        self._receipts = MongoReceipts(rows)
        self.designs: dict[str, Record] = {
            "plain": self._plain,
            "exact": lambda image: self._images.record(image, datetime.now(UTC)),
            "hot document": self._hot,
        }

    def prepare(self, design: str, count: int) -> list[Image]:
        """So many images of a new dataset, announced; with their names reserved but for the plain design."""
        dataset = self._datasets.create(f"cards {uuid4().hex}", "bench", datetime.now(UTC))
        receipts = [_receipt(dataset.id, n) for n in range(count)]
        self._receipts.announce(receipts)
        if design != "plain":
            for receipt in receipts:
                self._images.reserve_name(receipt, dataset.id, [receipt.name])
        return [_image(receipt, dataset.id) for receipt in receipts]

    def drift(self, dataset_id: DatasetId) -> int:
        """By how many images the exact totals differ from a recount."""
        live = self._rows["images"].count_documents({"datasetID": ObjectId(dataset_id), "state": "live"})
        return live - self._datasets.totals(dataset_id).images

    def _plain(self, image: Image) -> None:
        document = {
            "_id": ObjectId(image.id),
            "datasetID": ObjectId(image.dataset_id),
            "receiptID": image.receipt_id,
        }
        with operation():
            self._rows["images"].insert_one(document | to_fields(image))
            self._rows["datasets"].update_one({"_id": document["datasetID"]}, _count(image))
            self._rows["uploads"].update_one(*_settle(image))

    def _hot(self, image: Image) -> None:
        def work(session: ClientSession) -> None:
            self._rows["images"].update_one(
                {"_id": ObjectId(image.id), "state": "arriving"}, {"$set": to_fields(image)}, session=session
            )
            self._rows["datasets"].update_one(
                {"_id": ObjectId(image.dataset_id)}, _count(image), session=session
            )
            self._rows["uploads"].update_one(*_settle(image), session=session)

        in_transaction(self._rows, work)


def _count(image: Image) -> dict[str, Any]:
    return {"$inc": {"images": 1, "bytes": image.size}, "$max": {"modifiedAt": datetime.now(UTC)}}


def _settle(image: Image) -> tuple[dict[str, Any], dict[str, Any]]:
    end = {"state": "stored", "uploadedBy": image.uploaded_by, "finishedAt": datetime.now(UTC)}
    return (
        {"_id": image.receipt_id, "imageID": ObjectId(image.id), "open": True},
        {"$set": end, "$unset": {"open": "", "lease": "", "reason": ""}},
    )


def _receipt(dataset_id: DatasetId, n: int) -> Receipt:
    return new_receipt(
        ReceiptId(uuid4().hex),
        Source.DROP,
        ObjectKey(f"drop/cards/{n:06d}.jpg"),
        f"{n:06d}.jpg",
        order=f"{n:09d}",
        uploaded_by="bench",
        at=datetime.now(UTC),
        dataset_id=dataset_id,
    )


def _image(receipt: Receipt, dataset_id: DatasetId) -> Image:
    return Image(
        id=receipt.image_id,
        dataset_id=dataset_id,
        receipt_id=receipt.id,
        name=receipt.name,
        order=receipt.order,
        size=957_235,
        format="JPEG",
        width=2560,
        height=1876,
        orientation=6,
        sha256=new_persist_name(),
        perceptual_hash="c3d1a86e5b90f72e",
        suspect=None,
        persisted=PersistedFile("26936493", f"/api/files/26936493/download/{receipt.persist_name}.jpg"),
        trove_key=ObjectKey(f"trove/cards/{receipt.name}"),
        uploaded_by="bench",
        uploaded_at=receipt.announced_at,
    )


class Rates:
    """Images a second, by design and number of writers, round by round."""

    def __init__(self) -> None:
        self._rates: dict[tuple[str, int], list[float]] = {}

    def add(self, design: str, writers: int, rate: float) -> None:
        """One round's rate."""
        self._rates.setdefault((design, writers), []).append(rate)

    def median(self, design: str, writers: int) -> float:
        """The rate in images a second."""
        return statistics.median(self._rates[design, writers])

    def share(self, design: str, writers: int) -> float:
        """The rate as a share of the plain one, 1 being the same."""
        pairs = zip(self._rates[design, writers], self._rates["plain", writers], strict=True)
        return statistics.median(rate / plain for rate, plain in pairs)


def measure(bench: Bench, rounds: int) -> tuple[Rates, int]:
    """The rates of all designs, and the sum of all drifts of the exact one (0)."""
    rates, drift = Rates(), 0
    pools = {writers: ThreadPoolExecutor(writers) for writers in WRITERS}
    for round_ in range(-1, rounds):  # the first one warms up
        for writers, pool in pools.items():
            for design, record in bench.designs.items():
                count = WRITERS[writers] // (HOT_SHARE if design == "hot document" else 1)
                images = bench.prepare(design, count)
                began = time.perf_counter()
                list(pool.map(record, images))
                rate = count / (time.perf_counter() - began)
                if design == "exact":
                    drift += abs(bench.drift(images[0].dataset_id))
                if round_ >= 0:
                    rates.add(design, writers, rate)
    for pool in pools.values():
        pool.shutdown()
    return rates, drift


@contextmanager
def own_database() -> Iterator[Rows]:
    """An empty database on a mongod that ends with the run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.prepare()
        port = choose_ports(home.ports, ["mongod"])["mongod"]
        process = start(home, Mongod(home, port), threading.Event())
        try:
            rows = connect(uri(port, "counts_benchmark"))
            yield rows
            rows.client.close()
        finally:
            process.terminate()
            process.end(seconds=20)


def main() -> None:
    """Measure and print the table of `docs/counts.md`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="measured rounds (default: 21)")
    options = parser.parse_args()
    with own_database() as rows:
        version = rows.client.server_info()["version"]
        rates, drift = measure(bench := Bench(rows), options.rounds)
    print(f"mongod {version}, {platform.machine()}, {options.rounds} rounds; images a second\n")
    print("| writers into one dataset | " + " | ".join(str(writers) for writers in WRITERS) + " |")
    print("| --- |" + " --- |" * len(WRITERS))
    for design in bench.designs:
        cells = [f"{rates.median(design, w):.0f} ({rates.share(design, w):.0%})" for w in WRITERS]
        print(f"| {design} | " + " | ".join(cells) + " |")
    print(f"\nExact totals differ from a recount by {drift} images.")


if __name__ == "__main__":
    main()
