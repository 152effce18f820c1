"""What a crash can leave behind, in the words of the sweep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId
from chalicelib.domain.receipts import ReceiptState

HOLD_SECONDS = 16 * 60.0
"""How long who holds an image's objects may be at work on them: longer than any function may run (900 s)."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A name that is taken in a dataset for an image that may or may not come."""

    image_id: ImageId
    receipt_id: ReceiptId
    dataset_id: DatasetId
    name: str


@dataclass(frozen=True, slots=True)
class ReceiptProgress:
    """How far an upload is, without the rest of its receipt."""

    state: ReceiptState
    image_id: ImageId
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many uploads a dependency's fault holds up, and since when the oldest of them waits."""

    failed: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much a dataset's totals fall short of its images; `bytes` in bytes, both may be negative."""

    images: int = 0
    bytes: int = 0

    def __bool__(self) -> bool:
        return bool(self.images or self.bytes)
