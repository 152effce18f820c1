"""Receipts: what became of every file that came in, and how one begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Source


class ReceiptState(StrEnum):
    """What became of an upload.

    EXPECTED: announced, its bytes have not been seen. RECEIVED: being ingested. STORED and
    REJECTED are final. FAILED: a dependency's fault ended the last attempt; it will be repeated.
    """

    EXPECTED = "expected"
    RECEIVED = "received"
    STORED = "stored"
    REJECTED = "rejected"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the upload by itself."""
        return self in (ReceiptState.STORED, ReceiptState.REJECTED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one upload of one file, from its announcement to its end.

    `order` sorts the images of a dataset by upload: time, then place within the request.
    `image_id` and `persist_name` are drawn once per upload, so that every attempt repeats the
    same writes instead of adding new ones. `persisted` is the persist service's answer, recorded
    as soon as it came. `code` is the kind of a rejection's `reason`; a fault's has none, and those
    from before the codes have none.
    """

    id: ReceiptId
    source: Source
    key: ObjectKey
    name: str
    dataset_id: DatasetId | None
    upload_id: UploadId | None
    order: str
    uploaded_by: str
    announced_at: datetime
    image_id: ImageId
    persist_name: str
    state: ReceiptState = ReceiptState.EXPECTED
    reason: str | None = None
    code: RejectionKind | None = None
    attempts: int = 0
    declared_size: int | None = None
    declared_sha256: str | None = None
    persisted: PersistedFile | None = None
    finished_at: datetime | None = None
