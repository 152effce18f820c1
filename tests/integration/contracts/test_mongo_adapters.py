"""The adapters of MongoDB keep what the ports promise, on a real replica set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.adapters.mongo.connection import connect
from chalicelib.adapters.mongo.datasets import MongoDatasets
from chalicelib.adapters.mongo.images import MongoImages
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.mongo.receipts import MongoReceipts
from chalicelib.adapters.mongo.sessions import MongoSessions
from tests.contracts.dataset_store import DatasetListingContract, DatasetStoreContract
from tests.contracts.image_listing import ImageListingContract
from tests.contracts.image_names import ImageNamesContract
from tests.contracts.image_records import ImageRecordsContract
from tests.contracts.image_removal import ImageRemovalContract
from tests.contracts.receipt_leases import ReceiptLeasesContract
from tests.contracts.receipt_listing import ReceiptListingContract
from tests.contracts.receipt_store import ReceiptStoreContract
from tests.contracts.rows import AdapterStores, Stores
from tests.contracts.session_store import SessionStoreContract


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    database = connect(mongodb_uri)
    assert "test" in database.name, "contract tests fill and drop their database"
    apply_indexes(database)
    yield AdapterStores(
        MongoDatasets(database), MongoImages(database), MongoReceipts(database), MongoSessions(database)
    )
    database.client.close()


class TestMongoDatasets(DatasetStoreContract): ...


class TestMongoDatasetListing(DatasetListingContract): ...


class TestMongoImageNames(ImageNamesContract): ...


class TestMongoImageRecords(ImageRecordsContract): ...


class TestMongoImageRemoval(ImageRemovalContract): ...


class TestMongoImageListing(ImageListingContract): ...


class TestMongoReceipts(ReceiptStoreContract): ...


class TestMongoReceiptLeases(ReceiptLeasesContract): ...


class TestMongoReceiptListing(ReceiptListingContract): ...


class TestMongoSessions(SessionStoreContract): ...
