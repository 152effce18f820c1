"""Uploads whose file went away, or never came: they end as rejections that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.errors import Rejected, UploadNotFound
from chalicelib.domain.lifetimes import UPLOAD_SESSION
from chalicelib.domain.model import Receipt, ReceiptState, Source, UploadId
from chalicelib.domain.rejection import RejectionKind
from chalicelib.ports import LeftoverStore, ObjectStore, ReceiptStore, SessionStore
from chalicelib.services.claim_upload import LEASE_SECONDS, ClaimUpload
from chalicelib.services.sweep.report import Finding, Horizon

REQUEST_LIFETIME = timedelta(hours=1)
"""No request that announces files and puts them takes nearly as long."""
REMOVED = Rejected(RejectionKind.GONE, "it was removed or replaced before it could be ingested")
CUT_OFF = Rejected(RejectionKind.NOT_RECEIVED, "it did not arrive: the request that carried it was cut off")
EXPIRED = Rejected(RejectionKind.NOT_RECEIVED, "it was not uploaded before its upload session expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class LostFiles:
    """Open receipts without an object in the bucket, of which none can come any more."""

    name: ClassVar[str] = "uploads whose file is gone or never came"

    store: ObjectStore
    leftovers: LeftoverStore
    receipts: ReceiptStore
    sessions: SessionStore
    claims: ClaimUpload
    now: Callable[[], datetime]

    def findings(self, horizon: Horizon) -> Iterator[Finding]:
        expiry: dict[UploadId, datetime] = {}
        for receipt in self.leftovers.open_uploads(horizon.events):
            rejection = self._rejection(receipt, expiry)
            if rejection is not None and not self._is_there(receipt):
                yield Finding(receipt.key, str(rejection), partial(self._give_up, receipt, rejection))

    def _rejection(self, receipt: Receipt, expiry: dict[UploadId, datetime]) -> Rejected | None:
        """Why an upload without an object has failed for good; None while its bytes may still come."""
        if receipt.state is not ReceiptState.EXPECTED or receipt.upload_id is None:
            return REMOVED
        if receipt.source is Source.MULTIPART:
            overdue = receipt.announced_at + REQUEST_LIFETIME <= self.now()
            return CUT_OFF if overdue else None
        if receipt.upload_id not in expiry:
            expiry[receipt.upload_id] = self._expiry(receipt, receipt.upload_id)
        overdue = expiry[receipt.upload_id] <= self.now()
        return EXPIRED if overdue else None

    def _expiry(self, receipt: Receipt, upload_id: UploadId) -> datetime:
        try:
            return self.sessions.get(upload_id).expires_at
        except UploadNotFound:
            return receipt.announced_at + UPLOAD_SESSION

    def _is_there(self, receipt: Receipt) -> bool:
        """Whether the upload's own object lies in the bucket: at a drop's key there may be another."""
        head = self.store.head(receipt.key)
        return head is not None and self.claims.receipt_id(head.version) == receipt.id

    def _give_up(self, receipt: Receipt, rejection: Rejected) -> bool:
        # Whatever is put after this look is newer than the end, and so begins the upload anew.
        looked_at = self.now()
        if self._is_there(receipt):
            return False
        claimed = self.receipts.claim(receipt.id, f"sweep-{uuid4().hex}", LEASE_SECONDS)
        if claimed is None or claimed.state.is_final:
            return False
        self.receipts.reject(claimed, rejection.kind, f"{receipt.name}: {rejection}", looked_at)
        return True
