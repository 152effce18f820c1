"""Objects in the intake that no event finished: lost events, crashes, and dependencies' faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.layout import Layout
from chalicelib.domain.leftovers import ReceiptProgress
from chalicelib.domain.model import ImageId, ObjectVersion, ReceiptId, ReceiptState
from chalicelib.ports import LeftoverStore, ObjectStore
from chalicelib.services.claim_upload import ClaimUpload
from chalicelib.services.ingest import Ingest
from chalicelib.services.sweep.report import Finding, Horizon

LOOKED_UP_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedObjects:
    """Objects whose receipt is not final, and settled ones that still lie under `incoming/`.

    The repair is the ingest itself: it knows what has been done, and does the rest.
    """

    name: ClassVar[str] = "objects that were not ingested to the end"

    store: ObjectStore
    leftovers: LeftoverStore
    claims: ClaimUpload
    ingest: Ingest
    layout: Layout

    def findings(self, horizon: Horizon) -> Iterator[Finding]:
        for prefix in self.layout.intake:
            objects = self.store.list(prefix)
            while batch := list(islice(objects, LOOKED_UP_AT_ONCE)):
                yield from self._among([version for version in batch if version.at <= horizon.events])

    def _among(self, versions: Sequence[ObjectVersion]) -> Iterator[Finding]:
        identified = [(version, self.claims.receipt_id(version)) for version in versions]
        uploads = [(version, receipt_id) for version, receipt_id in identified if receipt_id is not None]
        progress = self.leftovers.progress([receipt_id for _, receipt_id in uploads])
        live = self._live_among_put_again(uploads, progress)
        for version, receipt_id in uploads:
            problem = self._problem(version, progress.get(receipt_id), live)
            if problem is not None:
                yield Finding(version.key, problem, partial(self._finish, version))

    def _live_among_put_again(
        self,
        uploads: Sequence[tuple[ObjectVersion, ReceiptId]],
        progress: dict[ReceiptId, ReceiptProgress],
    ) -> set[ImageId]:
        """Of stored uploads whose object is newer than their end: those whose image is still there."""
        newer = [
            progress[receipt_id].image_id
            for version, receipt_id in uploads
            if receipt_id in progress and _is_newer(version, progress[receipt_id])
        ]
        return self.leftovers.live_among(newer) if newer else set()

    def _problem(
        self, version: ObjectVersion, upload: ReceiptProgress | None, live: set[ImageId]
    ) -> str | None:
        if upload is None:
            return "has no receipt"
        if not upload.state.is_final:
            return f"its receipt is {upload.state}"
        if _is_newer(version, upload) and (
            upload.state is ReceiptState.REJECTED or upload.image_id not in live
        ):
            return "was put again"
        if version.key.startswith(self.layout.incoming):
            return f"is {upload.state} and was not removed"
        return None

    def _finish(self, version: ObjectVersion) -> bool:
        outcome = self.ingest.ingest(version, f"sweep-{uuid4().hex}")
        return not outcome.repeated or version.key.startswith(self.layout.incoming)


def _is_newer(version: ObjectVersion, upload: ReceiptProgress) -> bool:
    return upload.finished_at is not None and version.at > upload.finished_at
