"""Receipts: what became of every upload, and another try for those that failed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import ReceiptStore
from chalicelib.ports.services import IngestTrigger

RETRIES_PER_CALL = 1_000


class Receipts:
    """Lists receipts and repeats failed uploads."""

    def __init__(
        self, *, store: ObjectStore, receipts: ReceiptStore, trigger: IngestTrigger, pool: Executor
    ) -> None:
        self._store = store
        self._receipts = receipts
        self._trigger = trigger
        self._pool = pool

    def page(
        self, dataset_id: DatasetId | None, states: Sequence[ReceiptState], request: PageRequest
    ) -> Page[Receipt]:
        """Receipts in upload order: of one dataset, or of all uploads."""
        return self._receipts.page(dataset_id, states, request)

    def retry(self, dataset_id: DatasetId | None) -> int:
        """Set failed uploads going again, at most 1,000; returns how many.

        One whose object is gone is left to the sweep, which ends it.
        """
        failed = self._receipts.page(dataset_id, [ReceiptState.FAILED], PageRequest(RETRIES_PER_CALL))
        heads = self._pool.map(self._store.head, [receipt.key for receipt in failed.rows])
        versions = [head.version for head in heads if head is not None]
        self._trigger.trigger(versions)
        return len(versions)
