"""Every port in memory, as `bootstrap.Services` takes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .audit import InMemoryAudit
from .clock import utc_now
from .faults import Faults
from .ingest_trigger import FakeIngestTrigger
from .object_store import InMemoryBucket
from .persist import FakePersist
from .stores import InMemoryCatalogue
from .tokens import FakeTokens


class InMemoryPorts(InMemoryCatalogue):
    """A whole neighbourhood; `faults` numbers the calls of all of them in one line.

    Nothing is ingested by itself: set `store.on_put` (and `trigger.on_trigger`) to what S3 events
    start.
    """

    def __init__(self, *, now: Callable[[], datetime] = utc_now, faults: Faults | None = None) -> None:
        super().__init__(now=now, faults=faults)
        self.store = InMemoryBucket(now=now, faults=self.faults)
        self.persist = self.persisted_files = FakePersist(faults=self.faults)
        self.audit = InMemoryAudit(self.faults)
        self.tokens = FakeTokens(faults=self.faults)
        self.trigger = FakeIngestTrigger(faults=self.faults)
