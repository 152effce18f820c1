"""The fakes keep what the ports promise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.images import PersistedFile
from chalicelib.domain.users import User
from tests.contracts.audit_store import AuditStoreContract
from tests.contracts.cursor_store import CursorStoreContract
from tests.contracts.dataset_store import DatasetListingContract, DatasetStoreContract
from tests.contracts.failed_events import CameBack, FailedEventsContract, GiveUp
from tests.contracts.image_listing import ImageListingContract
from tests.contracts.image_names import ImageNamesContract
from tests.contracts.image_records import ImageRecordsContract
from tests.contracts.image_removal import ImageRemovalContract
from tests.contracts.ingest_trigger import IngestTriggerContract, Started
from tests.contracts.object_urls import Fetch, ObjectUrlsContract, Send, ServedFile
from tests.contracts.persist_service import PersistServiceContract, persist_request
from tests.contracts.persisted_files import KeepFile, LoseFile, PersistedFilesContract
from tests.contracts.receipt_leases import ReceiptLeasesContract
from tests.contracts.receipt_listing import ReceiptListingContract
from tests.contracts.receipt_store import ReceiptStoreContract
from tests.contracts.rows import Stores
from tests.contracts.session_store import SessionStoreContract
from tests.contracts.token_verifier import TokenVerifierContract
from tests.fakes.audit import InMemoryAudit
from tests.fakes.cursors import InMemoryCursors
from tests.fakes.failed_events import FakeFailedEvents
from tests.fakes.ingest_trigger import FakeIngestTrigger
from tests.fakes.object_store import InMemoryBucket
from tests.fakes.persist import FakePersist
from tests.fakes.ports import InMemoryPorts
from tests.fakes.tokens import FakeTokens


@pytest.fixture
def stores() -> Stores:
    return InMemoryPorts()


class TestInMemoryAudit(AuditStoreContract):
    @pytest.fixture
    def audit(self) -> InMemoryAudit:
        return InMemoryAudit()


class TestInMemoryCursors(CursorStoreContract):
    @pytest.fixture
    def cursors(self) -> InMemoryCursors:
        return InMemoryCursors()


class TestInMemoryDatasets(DatasetStoreContract): ...


class TestInMemoryDatasetListing(DatasetListingContract): ...


class TestInMemoryImageNames(ImageNamesContract): ...


class TestInMemoryImageRecords(ImageRecordsContract): ...


class TestInMemoryImageRemoval(ImageRemovalContract): ...


class TestInMemoryImageListing(ImageListingContract): ...


class TestInMemoryReceipts(ReceiptStoreContract): ...


class TestInMemoryReceiptLeases(ReceiptLeasesContract): ...


class TestInMemoryReceiptListing(ReceiptListingContract): ...


class TestInMemorySessions(SessionStoreContract): ...


class TestInMemoryBucketUrls(ObjectUrlsContract):
    @pytest.fixture
    def store(self) -> InMemoryBucket:
        return InMemoryBucket()

    @pytest.fixture
    def fetch(self, store: InMemoryBucket) -> Fetch:
        return lambda url: ServedFile(*store.open_url(url))

    @pytest.fixture
    def send(self, store: InMemoryBucket) -> Send:
        return store.send


@pytest.mark.parametrize("persist", [FakePersist(), FakePersist(keys_by_name=True)], ids=["plain", "keyed"])
class TestFakePersist(PersistServiceContract):
    @pytest.fixture
    def fetch(self, persist: FakePersist) -> Fetch:
        return lambda url: ServedFile(persist.files[url], {})


class TestFakePersistedFiles(PersistedFilesContract):
    @pytest.fixture
    def files(self) -> FakePersist:
        return FakePersist()

    @pytest.fixture
    def keep_file(self, files: FakePersist) -> KeepFile:
        return lambda body: files.upload(persist_request(body))

    @pytest.fixture
    def lose_file(self, files: FakePersist) -> LoseFile:
        def lose(persisted: PersistedFile) -> None:
            del files.files[persisted.url]

        return lose


class TestFakeIngestTrigger(IngestTriggerContract):
    @pytest.fixture
    def trigger(self) -> FakeIngestTrigger:
        return FakeIngestTrigger()

    @pytest.fixture
    def started(self, trigger: FakeIngestTrigger) -> Started:
        return lambda: trigger.triggered


class TestFakeFailedEvents(FailedEventsContract):
    @pytest.fixture
    def failed(self) -> FakeFailedEvents:
        return FakeFailedEvents()

    @pytest.fixture
    def give_up(self, failed: FakeFailedEvents) -> GiveUp:
        return failed.give_up

    @pytest.fixture
    def came_back(self, failed: FakeFailedEvents) -> CameBack:
        return lambda: failed.fed_back


class TestFakeTokens(TokenVerifierContract):
    @pytest.fixture
    def verifier(self) -> FakeTokens:
        return FakeTokens({})

    @pytest.fixture
    def issue(self, verifier: FakeTokens) -> Callable[[User], str]:
        return verifier.issue
