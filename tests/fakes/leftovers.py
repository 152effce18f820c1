"""The sweep's view of the stores in memory, and the upkeep of their totals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.leftovers import Backlog, Drift, ReceiptProgress, Reservation
from chalicelib.domain.new_receipts import first_order
from chalicelib.domain.receipts import Receipt, ReceiptState

from .catalogue import CatalogueState, Entry
from .faults import Faults, SwitchedStore, port_method


class InMemoryLeftovers(SwitchedStore):
    """A `LeftoverStore`. Entries have no age here: every one is old enough."""

    port = "leftovers"

    def __init__(self, state: CatalogueState, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._state = state
        self._holds = itertools.count(1)

    @port_method
    def progress(self, receipt_ids: Sequence[ReceiptId]) -> dict[ReceiptId, ReceiptProgress]:
        with self._state.lock:
            found = [self._state.receipts[id_] for id_ in receipt_ids if id_ in self._state.receipts]
        return {
            receipt.id: ReceiptProgress(receipt.state, receipt.image_id, receipt.finished_at)
            for receipt in found
        }

    @port_method
    def open_uploads(self, before: datetime) -> Iterator[Receipt]:
        with self._state.lock:
            found = [
                receipt
                for receipt in self._state.receipts.values()
                if not receipt.state.is_final and receipt.announced_at < before
            ]
        return iter(sorted(found, key=lambda receipt: receipt.announced_at))

    @port_method
    def begun_since(self, since: datetime) -> int:
        with self._state.lock:
            return sum(receipt.order >= first_order(since) for receipt in self._state.receipts.values())

    @port_method
    def end_leases(self) -> int:
        with self._state.lock:
            count = len(self._state.leases)
            self._state.leases.clear()
            for entry in self._state.entries.values():
                entry.holders.clear()
        return count

    @port_method
    def backlog(self) -> Backlog:
        with self._state.lock:
            failed = [
                receipt.announced_at
                for receipt in self._state.receipts.values()
                if receipt.state is ReceiptState.FAILED
            ]
        return Backlog(len(failed), min(failed, default=None))

    @port_method
    def reservations(self, before: datetime) -> Iterator[Reservation]:
        found = [
            Reservation(image_id, entry.receipt_id, entry.dataset_id, entry.name)
            for image_id, entry in self._entries(ImageState.ARRIVING)
        ]
        return iter(found)

    @port_method
    def retired(self, before: datetime) -> Iterator[Image]:
        return iter([entry.image for _, entry in self._entries(ImageState.RETIRED) if entry.image])

    def _entries(self, state: ImageState) -> list[tuple[ImageId, Entry]]:
        with self._state.lock:
            return [(id_, entry) for id_, entry in self._state.entries.items() if entry.state is state]

    @port_method
    def image_state(self, image_id: ImageId) -> ImageState | None:
        with self._state.lock:
            entry = self._state.entries.get(image_id)
        return entry.state if entry else None

    @port_method
    def live_among(self, image_ids: Sequence[ImageId]) -> set[ImageId]:
        return {image_id for image_id, _ in self._entries(ImageState.LIVE) if image_id in image_ids}

    @port_method
    def names_taken(self, dataset_id: DatasetId, names: Sequence[str]) -> set[str]:
        with self._state.lock:
            entries = list(self._state.entries.values())
        return {entry.name for entry in entries if entry.dataset_id == dataset_id and entry.name in names}

    @port_method
    def hold_name(self, dataset_id: DatasetId, name: str, holder: str, at: datetime) -> ImageId | None:
        with self._state.lock:
            if any(
                entry.dataset_id == dataset_id and entry.name == name
                for entry in self._state.entries.values()
            ):
                return None
            held = ImageId(f"{next(self._holds):024x}")
            self._state.entries[held] = Entry(
                dataset_id, ReceiptId(f"none-{held}"), name, holders={holder: at}
            )
            return held


class InMemoryTotals(SwitchedStore):
    """A `TotalsStore`; totals are wrong by what a test puts into the state's `missing`."""

    port = "totals"

    def __init__(self, state: CatalogueState, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._state = state

    @port_method
    def drift(self, dataset_id: DatasetId) -> Drift:
        with self._state.lock:
            return self._state.missing.get(dataset_id, Drift())

    @port_method
    def correct(self, dataset_id: DatasetId) -> Drift:
        with self._state.lock:
            return self._state.missing.pop(dataset_id, Drift())

    @port_method
    def scattered(self, before: datetime) -> list[DatasetId]:
        return []

    @port_method
    def fold(self, dataset_id: DatasetId, before: datetime) -> int:
        return 0
