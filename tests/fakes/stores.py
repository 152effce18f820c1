"""The database's stores, made together: `record` and `retire` change what all of them show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .catalogue import CatalogueState
from .clock import utc_now
from .datasets import InMemoryDatasets
from .faults import Faults
from .images import InMemoryImages
from .leftovers import InMemoryLeftovers, InMemoryTotals
from .receipts import InMemoryReceipts
from .sessions import InMemorySessions


class InMemoryCatalogue:
    """The stores over one state. A bucket given the same `faults` is numbered with them."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.state = CatalogueState(now)
        self.datasets = InMemoryDatasets(self.state, self.faults)
        self.images = InMemoryImages(self.state, self.faults)
        self.receipts = InMemoryReceipts(self.state, self.faults)
        self.sessions = InMemorySessions(self.faults)
        self.leftovers = InMemoryLeftovers(self.state, self.faults)
        self.totals = InMemoryTotals(self.state, self.faults)
