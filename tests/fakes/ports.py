"""Every port in memory, as `bootstrap.Services` takes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from chalicelib.bootstrap import Adapters

from .audit import InMemoryAudit
from .catalogue import CatalogueState
from .clock import utc_now
from .config import a_config
from .cursors import InMemoryCursors
from .datasets import InMemoryDatasets
from .failed_events import FakeFailedEvents
from .faults import Faults
from .images import InMemoryImages
from .ingest_trigger import FakeIngestTrigger
from .leftovers import InMemoryLeftovers, InMemoryTotals
from .object_store import InMemoryBucket
from .persist import FakePersist
from .receipts import InMemoryReceipts
from .sessions import InMemorySessions
from .tokens import FakeTokens


class InMemoryPorts(Adapters):
    """The stores over one `state`, the bucket and the services around; `faults` numbers all their calls.

    Nothing is ingested by itself: set `store.on_put` (and `trigger.on_trigger`) to what S3 events
    start.
    """

    def __init__(self, *, now: Callable[[], datetime] = utc_now, faults: Faults | None = None) -> None:
        super().__init__(a_config())
        self.faults = faults or Faults()
        self.state = CatalogueState(now)
        self.now = now

    @cached_property
    def store(self) -> InMemoryBucket:
        return InMemoryBucket(now=self.now, faults=self.faults)

    @cached_property
    def datasets(self) -> InMemoryDatasets:
        return InMemoryDatasets(self.state, self.faults)

    @cached_property
    def images(self) -> InMemoryImages:
        return InMemoryImages(self.state, self.faults)

    @cached_property
    def receipts(self) -> InMemoryReceipts:
        return InMemoryReceipts(self.state, self.faults)

    @cached_property
    def sessions(self) -> InMemorySessions:
        return InMemorySessions(self.faults)

    @cached_property
    def audit(self) -> InMemoryAudit:
        return InMemoryAudit(self.faults)

    @cached_property
    def trigger(self) -> FakeIngestTrigger:
        return FakeIngestTrigger(faults=self.faults)

    @cached_property
    def persist(self) -> FakePersist:
        return FakePersist(faults=self.faults)

    @cached_property
    def persisted_files(self) -> FakePersist:
        return self.persist

    @cached_property
    def leftovers(self) -> InMemoryLeftovers:
        return InMemoryLeftovers(self.state, self.faults)

    @cached_property
    def totals(self) -> InMemoryTotals:
        return InMemoryTotals(self.state, self.faults)

    @cached_property
    def cursors(self) -> InMemoryCursors:
        return InMemoryCursors(self.faults)

    @cached_property
    def failed_events(self) -> FakeFailedEvents:
        return FakeFailedEvents(self.faults)

    @cached_property
    def tokens(self) -> FakeTokens:
        return FakeTokens(faults=self.faults)
