"""Uploads that have not come to their end, by their receipts: whatever lies in the bucket beside them.

One that was begun is ingested to its end, or ended where its file is gone; one whose file can never
come any more is rejected with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.errors import Rejected, UploadNotFound
from chalicelib.domain.ids import UploadId
from chalicelib.domain.lifetimes import UPLOAD_SESSION
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import ObjectVersion, Source
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import ReceiptStore, SessionStore
from chalicelib.ports.upkeep import LeftoverStore
from chalicelib.services.intake.claim import LEASE_SECONDS, ClaimUpload
from chalicelib.services.intake.ingest import Ingest
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step

REQUEST_LIFETIME = timedelta(hours=1)
"""No request that announces files and puts them takes nearly as long."""
REMOVED = Rejected(RejectionKind.GONE, "it was removed or replaced before it could be ingested")
CUT_OFF = Rejected(RejectionKind.NOT_RECEIVED, "it did not arrive: the request that carried it was cut off")
EXPIRED = Rejected(RejectionKind.NOT_RECEIVED, "it was not uploaded before its upload session expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUploads:
    """Open receipts that an attempt has begun on, and those whose object can never come any more."""

    name: ClassVar[str] = "uploads that have not come to their end"

    store: ObjectStore
    leftovers: LeftoverStore
    receipts: ReceiptStore
    sessions: SessionStore
    claims: ClaimUpload
    ingest: Ingest
    now: Callable[[], datetime]

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        expiry: dict[UploadId, datetime] = {}
        for receipt in self.leftovers.open_uploads(horizon.events):
            if was_begun(receipt):
                problem = f"its receipt is {receipt.state}"
                yield Finding(receipt.key, problem, partial(self._finish, receipt))
            elif (rejection := self._overdue(receipt, expiry)) and self._object_of(receipt) is None:
                yield Finding(receipt.key, str(rejection), partial(self._give_up, receipt, rejection))
            else:
                yield Checkpoint()

    def _overdue(self, receipt: Receipt, expiry: dict[UploadId, datetime]) -> Rejected | None:
        """Why an announced file will not come; None while it still may."""
        if receipt.source is Source.MULTIPART:
            overdue = receipt.announced_at + REQUEST_LIFETIME <= self.now()
            return CUT_OFF if overdue else None
        overdue = self._expiry(receipt, expiry) <= self.now()
        return EXPIRED if overdue else None

    def _expiry(self, receipt: Receipt, known: dict[UploadId, datetime]) -> datetime:
        """When the receipt's session ends; `known` keeps what was looked up."""
        end = receipt.announced_at + UPLOAD_SESSION
        if receipt.upload_id is None:
            return end
        if receipt.upload_id not in known:
            try:
                end = self.sessions.get(receipt.upload_id).expires_at
            except UploadNotFound:
                return end
            known[receipt.upload_id] = end
        return known[receipt.upload_id]

    def _object_of(self, receipt: Receipt) -> ObjectVersion | None:
        """The upload's own object, if it lies in the bucket: at a drop's key there may be another."""
        head = self.store.head(receipt.key)
        if head is None or self.claims.receipt_id(head.version) != receipt.id:
            return None
        return head.version

    def _finish(self, receipt: Receipt) -> bool:
        version = self._object_of(receipt)
        if version is None:
            return self._give_up(receipt, REMOVED)
        return not self.ingest.ingest(version, f"sweep-{uuid4().hex}").repeated

    def _give_up(self, receipt: Receipt, rejection: Rejected) -> bool:
        # Whatever is put after this look is newer than the end, and so begins the upload anew.
        looked_at = self.now()
        if self._object_of(receipt) is not None:
            return False
        claimed = self.receipts.claim(receipt.id, f"sweep-{uuid4().hex}", LEASE_SECONDS)
        if claimed is None or claimed.state.is_final:
            return False
        self.receipts.reject(claimed, rejection.kind, f"{receipt.name}: {rejection}", looked_at)
        return True


def was_begun(receipt: Receipt) -> bool:
    """Whether an attempt has been made, or only an object can have begun it: nothing is awaited."""
    return receipt.state is not ReceiptState.EXPECTED or receipt.upload_id is None
