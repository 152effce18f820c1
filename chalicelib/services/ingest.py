"""Ingest: what happens to every object that comes in, whichever road it took.

The stages, and what a crash right after each leaves behind:

1. Claim the receipt (announce it first for a dropped file). The lease keeps a second delivery of
   the same event out; a retry of the same invocation, and anybody once the lease has run out,
   may begin again. Nothing else has happened yet.
2. Read the object and inspect it. Nothing is written; a bad file goes to `rejected/` and its
   receipt says why.
3. At once: take a name in the dataset, hand the file to persist, store the thumbnail. All three
   are keyed by what the receipt drew when it was announced, so that a repeat writes the same again.
4. At once: note the persist service's answer on the receipt, mirror the file under `trove/`. From
   here on no attempt calls persist again. Only now, since persist is what may fail for long: no
   trove object waits for an image that does not come.
5. One transaction: the image is live, it is counted, the receipt is final.
6. Remove the object from `incoming/` (a dropped one stays for the client that syncs the folder).

A known limit: if this process dies after the HTTP persist service took the file and before stage
4, the next attempt hands it over a second time. The service has no call that would tell.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from chalicelib.domain.errors import InvalidName, ObjectChanged, Rejected, TransientFault
from chalicelib.domain.formats import content_type_of, extension_of
from chalicelib.domain.inspection import InspectionLimits, inspect_image
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import (
    Dataset,
    Image,
    ImageFacts,
    ObjectKey,
    ObjectVersion,
    PersistedFile,
    Receipt,
    Source,
)
from chalicelib.domain.names import check_image_name, names_to_try
from chalicelib.domain.sizes import human_size
from chalicelib.ports import (
    DatasetStore,
    ImageStore,
    ObjectStore,
    PersistRequest,
    PersistService,
    ReceiptStore,
    StoredObject,
)
from chalicelib.services.claim_upload import ClaimUpload


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
        persist: PersistService,
        pool: Executor,
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
        self._persist = persist
        self._pool = pool
        self._layout = layout
        self._max_file_bytes = max_file_bytes
        self._inspection_limits = inspection_limits
        self._now = now

    def ingest(self, version: ObjectVersion, owner: str) -> IngestOutcome:
        """Ingest one object; `owner` names the invocation, the same when it is repeated.

        Raises:
            TransientFault: a neighbour failed; the event is to be repeated. The receipt says why.
        """
        receipt = self._claims.claim(version, owner)
        if receipt is None:
            return IngestOutcome(version.key, "ignored")
        if receipt.state.is_final:
            self._clear_intake(receipt)
            return IngestOutcome(version.key, receipt.state, receipt, receipt.reason, repeated=True)
        try:
            outcome = self._attempt(receipt, version)
        except Rejected as rejection:
            outcome = self._reject(receipt, version, rejection)
        except TransientFault as fault:
            self._receipts.fail(receipt.id, str(fault))
            raise
        self._clear_intake(receipt)
        return outcome

    def _attempt(self, receipt: Receipt, version: ObjectVersion) -> IngestOutcome:
        began = perf_counter()
        dataset = self._check_announcement(receipt, version.size)
        source = self._read(receipt, version)
        read = perf_counter()
        facts = inspect_image(source.body, self._inspection_limits)
        inspected = perf_counter()
        if receipt.declared_sha256 not in (None, facts.sha256):
            raise Rejected("the bytes that arrived do not have the declared sha256")
        image = self._file(receipt, dataset, source, facts)
        self._images.record(image, self._now())
        return IngestOutcome(
            version.key,
            "stored",
            receipt,
            suspect=facts.suspect,
            size=image.size,
            read_ms=(read - began) * 1000,
            inspect_ms=(inspected - read) * 1000,
            total_ms=(perf_counter() - began) * 1000,
        )

    def _check_announcement(self, receipt: Receipt, size: int) -> Dataset:
        """Refuse what needs no look at the bytes; `size` is in bytes."""
        if receipt.dataset_id is None:
            if receipt.source is Source.DROP:
                raise Rejected("it lies in no folder that can name a dataset")
            raise Rejected("it was put into the intake without being announced")
        try:
            check_image_name(receipt.name)
        except InvalidName as error:
            raise Rejected(f"the file name {error.problem}") from error
        if size == 0:
            raise Rejected("it is empty")
        if size > self._max_file_bytes:
            raise Rejected(
                f"it is {human_size(size)}; a file may have at most {human_size(self._max_file_bytes)}"
            )
        if receipt.declared_size not in (None, size):
            raise Rejected(f"it has {size} bytes where {receipt.declared_size} were declared")
        return self._datasets.get(receipt.dataset_id)

    def _read(self, receipt: Receipt, version: ObjectVersion) -> StoredObject:
        """The object's bytes. An announced place takes whatever lies there; a drop is its content."""
        dropped = receipt.source is Source.DROP
        try:
            source = self._store.get(version.key, version.etag if dropped else None)
        except ObjectChanged as error:
            if self._store.head(version.key) is None:
                raise Rejected("it was removed before it could be read") from error
            raise Rejected("it was replaced by a newer file before it could be read") from error
        if source.version.size != version.size:
            self._check_announcement(receipt, source.version.size)
        return source

    def _file(self, receipt: Receipt, dataset: Dataset, source: StoredObject, facts: ImageFacts) -> Image:
        """Stages 3 and 4: everything that a live image needs outside its own record."""
        submit = self._pool.submit
        names = names_to_try(receipt.name, receipt.id)
        thumbnail_key = self._layout.thumbnail_key(dataset.id, receipt.image_id)
        name = submit(self._images.reserve_name, receipt, dataset.id, names)
        persisted = submit(self._hand_over, receipt, source, facts)
        thumbnail = submit(self._store.put, thumbnail_key, facts.thumbnail, content_type="image/jpeg")
        _finish(name, persisted, thumbnail)

        trove_key = self._layout.trove_key(dataset.name, name.result())
        noted = submit(self._receipts.record_persisted, receipt.id, persisted.result())
        mirrored = submit(
            self._store.copy,
            source.version.key,
            trove_key,
            etag=source.version.etag,
            content_type=content_type_of(facts.format),
        )
        _finish(noted, mirrored)
        return _image(receipt, dataset, source, facts, name.result(), persisted.result(), trove_key)

    def _hand_over(self, receipt: Receipt, source: StoredObject, facts: ImageFacts) -> PersistedFile:
        """Give the file to persist, unless an earlier attempt did and noted the answer."""
        if receipt.persisted is not None:
            return receipt.persisted
        return self._persist.upload(
            PersistRequest(
                receipt_id=receipt.id,
                name=f"{receipt.persist_name}.{extension_of(receipt.name, facts.format)}",
                file_name=receipt.name,
                content_type=content_type_of(facts.format),
                body=source.body,
                source=source.version,
            )
        )

    def _reject(self, receipt: Receipt, version: ObjectVersion, rejection: Rejected) -> IngestOutcome:
        """Keep the original under `rejected/`, then say why it lies there."""
        reason = f"{receipt.name or version.key}: {rejection}"
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
        self._receipts.reject(receipt, reason, self._now())
        return IngestOutcome(version.key, "rejected", receipt, reason, size=version.size)

    def _clear_intake(self, receipt: Receipt) -> None:
        """A settled upload leaves `incoming/`; a drop stays for the client that syncs the folder."""
        if receipt.source is not Source.DROP:
            self._store.delete([receipt.key])


MAX_ECHO_BYTES = 450
"""Of each text that a rejected original bears: S3 takes 2 KB of metadata in all, encoded."""


def _cut(text: str) -> str:
    """The beginning of a text; the receipt has the whole."""
    return text.encode()[:MAX_ECHO_BYTES].decode(errors="ignore")


def _finish(*steps: Future[Any]) -> None:
    """Wait for all steps, so that none runs on behind the attempt's back; raise the first fault."""
    wait(steps)
    for step in steps:
        step.result()


def _image(
    receipt: Receipt,
    dataset: Dataset,
    source: StoredObject,
    facts: ImageFacts,
    name: str,
    persisted: PersistedFile,
    trove_key: ObjectKey,
) -> Image:
    return Image(
        id=receipt.image_id,
        dataset_id=dataset.id,
        receipt_id=receipt.id,
        name=name,
        order=receipt.order,
        size=source.version.size,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        orientation=facts.orientation,
        sha256=facts.sha256,
        perceptual_hash=facts.perceptual_hash,
        suspect=facts.suspect,
        persisted=persisted,
        trove_key=trove_key,
        uploaded_by=receipt.uploaded_by,
        uploaded_at=receipt.announced_at,
    )
