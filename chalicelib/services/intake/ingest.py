"""Ingest: what happens to every object that comes in, whichever way it came.

The stages, and what a crash right after each leaves behind:

1. Claim the receipt; that of a dropped file begins here. The lease keeps a second delivery of
   the same event out; a retry of the same invocation, and anybody once the lease has run out,
   may begin again. Nothing else has happened yet.
2. Read the object and inspect it. Nothing is written; a bad file goes to `rejected/` and its
   receipt says why.
3. Take a name in the dataset, hand the file to persist, store the thumbnail; then mirror the file
   under `trove/` (`image_files` has the order and why). All of it is keyed by what the receipt drew
   when it was announced, so that a repeat writes the same again.
4. One transaction: the image is live, it is counted, the receipt is final.
5. Remove the object from `incoming/` (a dropped one stays for the client that syncs the folder).

A known limit: if this process dies after the HTTP persist service took the file and before the
receipt has its answer, the next attempt hands it over a second time. The service has no call that would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import ObjectChanged, Rejected, TransientFault
from chalicelib.domain.ids import DatasetId, ObjectKey
from chalicelib.domain.images import Image, ImageFacts
from chalicelib.domain.layout import Layout
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import ObjectVersion, Source
from chalicelib.imaging.inspect import InspectionLimits, inspect_image
from chalicelib.ports.objects import ObjectStore, StoredObject
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore
from chalicelib.services.intake.acceptance import check_acceptable, check_declared_size
from chalicelib.services.intake.claim import Claim, ClaimUpload
from chalicelib.services.intake.place_files import ImageFiles, Placement


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """What became of one object: for the log and the metrics.

    `state` is that of its receipt, or `ignored` for an object that is no file; `repeated` says
    that it had been settled before. Times are in milliseconds, `size` in bytes.
    """

    key: ObjectKey
    state: str
    receipt: Receipt | None = None
    reason: str | None = None
    code: RejectionKind | None = None
    suspect: str | None = None
    size: int = 0
    repeated: bool = False
    read_ms: float = 0.0
    inspect_ms: float = 0.0
    total_ms: float = 0.0

    def log_fields(self) -> dict[str, object]:
        """The fields of this object's log line; no content, no URL."""
        receipt = self.receipt
        return {
            "key": self.key,
            "state": self.state,
            "reason": self.reason,
            "code": self.code,
            "suspect": self.suspect,
            "receipt": receipt.id if receipt else None,
            "dataset": receipt.dataset_id if receipt else None,
            "user": receipt.uploaded_by if receipt else None,
            "attempt": receipt.attempts if receipt else None,
            "repeated": self.repeated,
            "bytes": self.size,
            "read_ms": round(self.read_ms, 1),
            "inspect_ms": round(self.inspect_ms, 1),
            "total_ms": round(self.total_ms, 1),
        }


class Ingest:
    """Turns one object into exactly one image or one rejection, however often it is asked to."""

    def __init__(
        self,
        *,
        claims: ClaimUpload,
        store: ObjectStore,
        datasets: DatasetStore,
        images: ImageStore,
        receipts: ReceiptStore,
        files: ImageFiles,
        layout: Layout,
        max_file_bytes: int,
        inspection_limits: InspectionLimits,
        now: Callable[[], datetime],
    ) -> None:
        self._claims = claims
        self._store = store
        self._datasets = datasets
        self._images = images
        self._receipts = receipts
        self._files = files
        self._layout = layout
        self._max_file_bytes = max_file_bytes
        self._inspection_limits = inspection_limits
        self._now = now

    def ingest(self, version: ObjectVersion, owner: str) -> IngestOutcome:
        """Ingest one object; `owner` names the invocation, the same when it is repeated.

        Raises:
            TransientFault: a dependency failed; the event is to be repeated. The receipt says why.
        """
        claim = self._claims.claim(version, owner)
        if claim is None:
            return IngestOutcome(version.key, "ignored")
        receipt = claim.receipt
        if receipt.state.is_final:
            self._clear_intake(receipt)
            return IngestOutcome(
                version.key, receipt.state, receipt, receipt.reason, receipt.code, repeated=True
            )
        try:
            outcome = self._attempt(claim, version)
        except Rejected as rejection:
            outcome = self._reject(receipt, version, rejection)
        except TransientFault as fault:
            self._receipts.fail(receipt.id, str(fault))
            raise
        self._clear_intake(receipt)
        return outcome

    def _attempt(self, claim: Claim, version: ObjectVersion) -> IngestOutcome:
        began = perf_counter()
        receipt = claim.receipt
        dataset_id = _destination(receipt)
        self._check(receipt, version.size)
        dataset = self._dataset(claim, dataset_id)
        source = self._read(receipt, version)
        receipt = self._with_uploader(receipt, source.metadata)
        read = perf_counter()
        facts = inspect_image(source.body, self._inspection_limits)
        inspected = perf_counter()
        if receipt.declared_sha256 not in (None, facts.sha256):
            raise Rejected(
                RejectionKind.NOT_AS_DECLARED, "the bytes that arrived do not have the declared sha256"
            )
        placement = self._files.place(receipt, dataset, source, facts)
        image = _image(receipt, dataset, source, facts, placement)
        self._images.record(image, self._now())
        return IngestOutcome(
            version.key,
            ReceiptState.STORED,
            receipt,
            suspect=facts.suspect,
            size=image.size,
            read_ms=(read - began) * 1000,
            inspect_ms=(inspected - read) * 1000,
            total_ms=(perf_counter() - began) * 1000,
        )

    def _dataset(self, claim: Claim, dataset_id: DatasetId) -> Dataset:
        """Where the image goes. A receipt of an earlier attempt says it, not today's name of the folder."""
        if claim.dataset is not None and claim.dataset.id == dataset_id:
            return claim.dataset
        return self._datasets.get(dataset_id)

    def _with_uploader(self, receipt: Receipt, metadata: Mapping[str, str]) -> Receipt:
        """A drop's metadata names who dropped it; everybody else is known from the announcement."""
        if receipt.source is not Source.DROP:
            return receipt
        return replace(receipt, uploaded_by=self._claims.uploader(metadata))

    def _check(self, receipt: Receipt, size: int) -> None:
        """Refuse what needs no look at the bytes; `size` is in bytes."""
        check_acceptable(receipt.name, size, self._max_file_bytes)
        check_declared_size(receipt.declared_size, size)

    def _read(self, receipt: Receipt, version: ObjectVersion) -> StoredObject:
        """The object's bytes. An announced place takes whatever lies there; a drop is its content."""
        dropped = receipt.source is Source.DROP
        try:
            source = self._store.get(version.key, version.etag if dropped else None)
        except ObjectChanged as error:
            if self._store.head(version.key) is None:
                raise Rejected(RejectionKind.GONE, "it was removed before it could be read") from error
            raise Rejected(
                RejectionKind.GONE, "it was replaced by a newer file before it could be read"
            ) from error
        if source.version.size != version.size:
            self._check(receipt, source.version.size)
        return source

    def _reject(self, receipt: Receipt, version: ObjectVersion, rejection: Rejected) -> IngestOutcome:
        """Keep the original under `rejected/`, then say why it lies there."""
        reason = f"{receipt.name or version.key}: {rejection}"
        head = self._store.head(version.key) if receipt.source is Source.DROP else None
        receipt = self._with_uploader(receipt, head.metadata) if head else receipt
        # An original that is gone or was replaced cannot be kept: that is what the reason says.
        with suppress(ObjectChanged):
            self._store.copy(
                version.key,
                self._layout.rejected_key(receipt.id, version.key),
                metadata={
                    "reason": _cut(reason),
                    "key": _cut(version.key),
                    "uploaded-by": _cut(receipt.uploaded_by),
                },
            )
        self._receipts.reject(receipt, rejection.kind, reason, self._now())
        return IngestOutcome(
            version.key, ReceiptState.REJECTED, receipt, reason, rejection.kind, size=version.size
        )

    def _clear_intake(self, receipt: Receipt) -> None:
        """A settled upload leaves `incoming/`; a drop stays for the client that syncs the folder."""
        if receipt.source is not Source.DROP:
            self._store.delete([receipt.key])


def _destination(receipt: Receipt) -> DatasetId:
    """The dataset that the upload is for.

    Raises:
        Rejected: it is for none.
    """
    if receipt.dataset_id is not None:
        return receipt.dataset_id
    if receipt.source is Source.DROP:
        raise Rejected(RejectionKind.MISPLACED, "it lies in no folder that can name a dataset")
    raise Rejected(RejectionKind.MISPLACED, "it was put into the intake without being announced")


MAX_ECHO_BYTES = 450
"""Of each text that a rejected original bears: S3 takes 2 KB of metadata in all, encoded."""


def _cut(text: str) -> str:
    """The beginning of a text; the receipt has the whole."""
    return text.encode()[:MAX_ECHO_BYTES].decode(errors="ignore")


def _image(
    receipt: Receipt,
    dataset: Dataset,
    source: StoredObject,
    facts: ImageFacts,
    placement: Placement,
) -> Image:
    return Image(
        id=receipt.image_id,
        dataset_id=dataset.id,
        receipt_id=receipt.id,
        name=placement.name,
        order=receipt.order,
        size=source.version.size,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        orientation=facts.orientation,
        sha256=facts.sha256,
        perceptual_hash=facts.perceptual_hash,
        suspect=facts.suspect,
        persisted=placement.persisted,
        trove_key=placement.trove_key,
        uploaded_by=receipt.uploaded_by,
        uploaded_at=receipt.announced_at,
    )
