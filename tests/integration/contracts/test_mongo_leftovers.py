"""The sweep's view of MongoDB keeps what the port promises; counters are exact whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from chalicelib.adapters.mongo.connection import connect
from chalicelib.adapters.mongo.cursors import MongoCursors
from chalicelib.adapters.mongo.datasets import MongoDatasets
from chalicelib.adapters.mongo.images import MongoImages
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.mongo.leftovers import MongoLeftovers
from chalicelib.adapters.mongo.receipts import MongoReceipts
from chalicelib.adapters.mongo.sessions import MongoSessions
from chalicelib.adapters.mongo.totals import MongoTotals
from chalicelib.domain.datasets import Dataset, DatasetTotals
from chalicelib.domain.leftovers import Drift
from tests.contracts.cursor_store import CursorStoreContract
from tests.contracts.leftovers import LeftoversContract
from tests.contracts.rows import NOON, after, new_dataset, new_receipt, reserve, store
from tests.contracts.threads import at_once

Rows = Database[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MongoStores:
    """All stores of one database."""

    datasets: MongoDatasets
    images: MongoImages
    receipts: MongoReceipts
    sessions: MongoSessions
    leftovers: MongoLeftovers
    totals: MongoTotals


@pytest.fixture
def rows(mongodb_uri: str) -> Iterator[Rows]:
    database = connect(mongodb_uri)
    assert "test" in database.name, "these tests fill and drop their database"
    apply_indexes(database)
    yield database
    database.client.close()


@pytest.fixture
def stores(rows: Rows) -> MongoStores:
    return MongoStores(
        MongoDatasets(rows),
        MongoImages(rows),
        MongoReceipts(rows),
        MongoSessions(rows),
        MongoLeftovers(rows),
        MongoTotals(rows),
    )


class TestMongoLeftovers(LeftoversContract): ...


def test_a_name_is_reserved_since_the_adapters_own_clock_says_so(stores: MongoStores, rows: Rows) -> None:
    """Whatever the machine's clock says: the sweep compares with the same one."""
    images, dataset = MongoImages(rows, lambda: NOON), new_dataset(stores)
    images.reserve_name(new_receipt(), dataset.id, ["front.jpg"])

    def reserved(before: datetime) -> list[str]:
        found = stores.leftovers.reservations(before)
        return [reservation.name for reservation in found if reservation.dataset_id == dataset.id]

    assert (reserved(NOON), reserved(after(1))) == ([], ["front.jpg"])


class TestMongoCursors(CursorStoreContract):
    @pytest.fixture
    def cursors(self, rows: Rows) -> MongoCursors:
        return MongoCursors(rows)


def scatter(stores: MongoStores, dataset: Dataset, count: int = 8) -> None:
    """Store images, each from a thread of its own, so that each has a counter of its own."""
    images = [reserve(stores, dataset, f"{n}.jpg", size=100 + n) for n in range(count)]
    for image in images:
        at_once([partial(stores.images.record, image, NOON)])


def counters(rows: Rows, dataset: Dataset) -> list[dict[str, Any]]:
    return rows["uploads"].find({"counts": ObjectId(dataset.id)}).to_list()


def test_counters_of_writers_that_are_gone_become_one(stores: MongoStores, rows: Rows) -> None:
    dataset, other = new_dataset(stores), new_dataset(stores)
    scatter(stores, dataset)
    store(stores, other)
    totals = stores.datasets.totals(dataset.id)
    assert len(counters(rows, dataset)) == 8
    assert stores.totals.scattered(NOON) == []
    assert stores.totals.scattered(after(1)) == [dataset.id]
    assert stores.totals.fold(dataset.id, after(1)) == 8
    assert len(counters(rows, dataset)) == 1
    assert stores.datasets.totals(dataset.id) == totals == DatasetTotals(8, 828, NOON)
    assert stores.totals.scattered(after(1)) == []


def test_folding_while_images_come_loses_no_count(stores: MongoStores, rows: Rows) -> None:
    dataset = new_dataset(stores)
    scatter(stores, dataset, 4)
    images = [reserve(stores, dataset, f"more {n}.jpg", size=1000) for n in range(60)]
    recordings: list[Callable[[], object]] = [partial(stores.images.record, image, NOON) for image in images]
    foldings: list[Callable[[], object]] = [partial(stores.totals.fold, dataset.id, after(1))] * 12
    interleaved = [*recordings[:20], *foldings[:6], *recordings[20:40], *foldings[6:], *recordings[40:]]
    assert not [fault for fault in at_once(interleaved) if isinstance(fault, Exception)]
    totals = stores.datasets.totals(dataset.id)
    assert (totals.images, totals.bytes) == (64, 60_000 + 406)
    assert stores.totals.drift(dataset.id) == Drift()


@pytest.mark.parametrize("writers", [0, 40])
def test_wrong_totals_are_corrected_to_the_images_also_while_images_come(
    stores: MongoStores, rows: Rows, writers: int
) -> None:
    dataset = new_dataset(stores)
    scatter(stores, dataset, 3)
    spoiled = {"$inc": {"images": 5, "bytes": -77}}
    rows["uploads"].update_one({"counts": ObjectId(dataset.id)}, spoiled)
    assert stores.totals.drift(dataset.id) == Drift(-5, 77)
    images = [reserve(stores, dataset, f"more {n}.jpg", size=1000) for n in range(writers)]
    recordings: list[Callable[[], object]] = [partial(stores.images.record, image, NOON) for image in images]
    corrections: list[Callable[[], object]] = [partial(stores.totals.correct, dataset.id)] * 2
    at_once([*recordings[: writers // 2], *corrections, *recordings[writers // 2 :]])
    totals = stores.datasets.totals(dataset.id)
    assert (totals.images, totals.bytes) == (3 + writers, 303 + 1000 * writers)
    assert stores.totals.drift(dataset.id) == Drift()


def test_totals_of_a_dataset_without_a_counter_are_recounted(stores: MongoStores, rows: Rows) -> None:
    dataset = new_dataset(stores)
    scatter(stores, dataset, 2)
    rows["uploads"].delete_many({"counts": ObjectId(dataset.id)})
    assert stores.totals.correct(dataset.id) == Drift(2, 201)
    assert stores.datasets.totals(dataset.id) == DatasetTotals(2, 201, None)


def test_every_query_of_the_sweep_is_served_by_an_index(stores: MongoStores, rows: Rows) -> None:
    """None reads a whole collection, so that a sweep costs what is left, not what there is."""
    dataset = new_dataset(stores)
    image = store(stores, dataset)
    rows.command("profile", 2)
    far = after(timedelta(days=36_500).total_seconds() / 60)
    leftovers, totals = stores.leftovers, stores.totals
    leftovers.progress([image.receipt_id])
    list(leftovers.open_uploads(far))
    list(leftovers.reservations(far))
    list(leftovers.retired(far))
    leftovers.backlog()
    leftovers.image_state(image.id)
    leftovers.live_among([image.id])
    leftovers.names_taken(dataset.id, ["photo.jpg"])
    totals.drift(dataset.id)
    totals.scattered(far)
    totals.fold(dataset.id, far)
    MongoCursors(rows).get("drop")
    leftovers.begun_since(far)
    rows.command("profile", 0)
    seen = rows["system.profile"].find({"planSummary": {"$exists": True}}).to_list()
    assert len(seen) >= 13
    assert [entry["command"] for entry in seen if "COLLSCAN" in entry["planSummary"]] == []
