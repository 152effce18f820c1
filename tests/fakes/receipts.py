"""The receipts in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.datasets import NotStored
from chalicelib.domain.errors import IngestInProgress
from chalicelib.domain.ids import DatasetId, ReceiptId, UploadId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Tally

from .catalogue import CatalogueState, Lease
from .faults import Faults, SwitchedStore, port_method
from .paging import page_of


class InMemoryReceipts(SwitchedStore):
    """A `ReceiptStore`."""

    port = "receipts"

    def __init__(self, state: CatalogueState | None = None, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._state = state or CatalogueState()

    @port_method
    def announce(self, receipts: Sequence[Receipt]) -> None:
        with self._state.lock:
            for receipt in receipts:
                self._state.receipts.setdefault(receipt.id, receipt)

    @port_method
    def get(self, receipt_id: ReceiptId) -> Receipt | None:
        with self._state.lock:
            return self._state.receipts.get(receipt_id)

    @port_method
    def get_many(self, receipt_ids: Sequence[ReceiptId]) -> list[Receipt]:
        with self._state.lock:
            known = self._state.receipts
            return [known[receipt_id] for receipt_id in receipt_ids if receipt_id in known]

    @port_method
    def claim(self, receipt_id: ReceiptId, owner: str, lease_seconds: float) -> Receipt | None:
        return self._claim(receipt_id, owner, lease_seconds)

    @port_method
    def claim_new(self, receipt: Receipt, owner: str, lease_seconds: float) -> Receipt:
        with self._state.lock:
            self._state.receipts.setdefault(receipt.id, receipt)
            begun = self._claim(receipt.id, owner, lease_seconds)
        assert begun is not None
        return begun

    def _claim(self, receipt_id: ReceiptId, owner: str, lease_seconds: float) -> Receipt | None:
        with self._state.lock:
            receipt = self._state.receipts.get(receipt_id)
            if receipt is None or receipt.state.is_final:
                return receipt
            lease = self._state.leases.get(receipt_id)
            now = self._state.now()
            if lease is not None and lease.owner != owner and lease.until > now:
                raise IngestInProgress(receipt_id)
            claimed = replace(
                receipt, state=ReceiptState.RECEIVED, reason=None, attempts=receipt.attempts + 1
            )
            self._state.receipts[receipt_id] = claimed
            self._state.leases[receipt_id] = Lease(owner, now + timedelta(seconds=lease_seconds))
            return claimed

    @port_method
    def reopen(self, receipt: Receipt, fresh: Receipt) -> bool:
        with self._state.lock:
            now_there = self._state.receipts.get(receipt.id)
            if now_there is None or not now_there.state.is_final:
                return False
            if (now_there.state, now_there.finished_at) != (receipt.state, receipt.finished_at):
                return False
            self._state.receipts[receipt.id] = fresh
            return True

    @port_method
    def record_persisted(self, receipt_id: ReceiptId, persisted: PersistedFile) -> None:
        with self._state.lock:
            receipt = self._state.receipts[receipt_id]
            self._state.receipts[receipt_id] = replace(receipt, persisted=persisted)

    @port_method
    def reject(self, receipt: Receipt, code: RejectionKind, reason: str, at: datetime) -> None:
        self._end_attempt(
            receipt.id,
            state=ReceiptState.REJECTED,
            code=code,
            reason=reason,
            uploaded_by=receipt.uploaded_by,
            finished_at=at,
        )

    @port_method
    def fail(self, receipt_id: ReceiptId, reason: str) -> None:
        self._end_attempt(receipt_id, state=ReceiptState.FAILED, reason=reason)

    @port_method
    def of_upload(self, upload_id: UploadId) -> list[Receipt]:
        return sorted(self._of_upload(upload_id), key=lambda receipt: (receipt.order, receipt.id))

    @port_method
    def tally(self, upload_id: UploadId) -> Tally:
        files = Counter(receipt.state for receipt in self._of_upload(upload_id))
        return Tally(
            stored=files[ReceiptState.STORED],
            rejected=files[ReceiptState.REJECTED],
            failed=files[ReceiptState.FAILED],
            pending=files[ReceiptState.EXPECTED] + files[ReceiptState.RECEIVED],
        )

    @port_method
    def page_of_upload(
        self, upload_id: UploadId, request: PageRequest, state: ReceiptState | None = None
    ) -> Page[Receipt]:
        return _page(
            [receipt for receipt in self._of_upload(upload_id) if state in (None, receipt.state)], request
        )

    @port_method
    def page(
        self, dataset_id: DatasetId | None, states: Sequence[ReceiptState], request: PageRequest
    ) -> Page[Receipt]:
        with self._state.lock:
            receipts = [receipt for receipt in self._state.receipts.values() if receipt.state in states]
        return _page([receipt for receipt in receipts if dataset_id in (None, receipt.dataset_id)], request)

    @port_method
    def not_stored(self, dataset_ids: Sequence[DatasetId] | None = None) -> dict[DatasetId, NotStored]:
        files: dict[DatasetId, Counter[bool]] = {}
        with self._state.lock:
            for receipt in self._state.receipts.values():
                dataset_id = receipt.dataset_id
                if dataset_id is None or receipt.state is ReceiptState.STORED:
                    continue
                if dataset_ids is None or dataset_id in dataset_ids:
                    of_dataset = files.setdefault(dataset_id, Counter())
                    of_dataset[receipt.state is ReceiptState.REJECTED] += 1
        return {dataset_id: NotStored(found[False], found[True]) for dataset_id, found in files.items()}

    @port_method
    def count_open(self, upload_id: UploadId) -> int:
        return sum(
            receipt.state in (ReceiptState.EXPECTED, ReceiptState.RECEIVED)
            for receipt in self._of_upload(upload_id)
        )

    def _of_upload(self, upload_id: UploadId) -> list[Receipt]:
        with self._state.lock:
            return [receipt for receipt in self._state.receipts.values() if receipt.upload_id == upload_id]

    def _end_attempt(self, receipt_id: ReceiptId, **changes: Any) -> None:
        """A final receipt stays as it is: an upload has one end."""
        with self._state.lock:
            receipt = self._state.receipts[receipt_id]
            if not receipt.state.is_final:
                self._state.leases.pop(receipt_id, None)
                self._state.receipts[receipt_id] = replace(receipt, **changes)


def _page(receipts: list[Receipt], request: PageRequest) -> Page[Receipt]:
    return page_of(
        receipts,
        request,
        sorts={"uploadDate": lambda receipt: receipt.order},
        name=lambda receipt: receipt.name,
        row_id=lambda receipt: receipt.id,
    )
