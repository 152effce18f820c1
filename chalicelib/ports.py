"""What the services need from outside, in their own words.

Each port has one adapter per engine under `adapters/` and a fake under `tests/fakes/`; the same
contract tests hold all of them. Every method may raise `TransientFault` when its engine does not
answer; adapters retry with backoff before they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .domain.audit import AuditRecord
from .domain.leftovers import Backlog, Drift, ImageStanding, ReceiptStanding, Reservation
from .domain.model import (
    Dataset,
    DatasetId,
    DatasetSummary,
    DatasetTotals,
    Image,
    ImageId,
    ObjectKey,
    ObjectVersion,
    PersistedFile,
    PresignedRequest,
    Receipt,
    ReceiptId,
    ReceiptState,
    Tally,
    UploadId,
    UploadSession,
    User,
)
from .domain.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's bytes with what the store knows of them."""

    version: ObjectVersion
    body: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """An object's version and user metadata, without its bytes."""

    version: ObjectVersion
    metadata: Mapping[str, str]


class ObjectStore(Protocol):
    """The bucket. User metadata may hold any text: the adapter encodes what S3 cannot carry."""

    def head(self, key: ObjectKey) -> ObjectHead | None:
        """The object's version and metadata; None if there is none."""

    def get(self, key: ObjectKey, etag: str | None = None) -> StoredObject:
        """The object's bytes.

        Raises:
            ObjectChanged: there is no such object, or its ETag is no longer `etag`.
        """

    def put(
        self,
        key: ObjectKey,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        content_encoding: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object."""

    def copy(
        self,
        source: ObjectKey,
        target: ObjectKey,
        *,
        etag: str | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Copy inside the store, without moving the bytes through this process.

        With `content_type` or `metadata` the copy gets these instead of the source's.

        Raises:
            ObjectChanged: there is no source, or its ETag is no longer `etag`.
        """

    def delete(self, keys: Sequence[ObjectKey]) -> None:
        """Remove objects; one that is not there is no error."""

    def list(self, prefix: str) -> Iterator[ObjectVersion]:
        """Every object below a prefix, in key order, page by page."""

    def url_for_get(
        self,
        key: ObjectKey,
        *,
        expires_in: int,
        content_type: str | None = None,
        content_disposition: str | None = None,
    ) -> str:
        """A presigned URL that serves the object for `expires_in` seconds."""

    def request_for_put(
        self, key: ObjectKey, *, size: int, sha256: str | None, expires_in: int
    ) -> PresignedRequest:
        """A presigned request that writes this key, these many bytes and, where `sha256` is given, these.

        `sha256` is in hex; the request is valid for `expires_in` seconds.
        """


class DatasetStore(Protocol):
    """The datasets and their totals."""

    def create(self, name: str, created_by: str, at: datetime) -> Dataset:
        """Record a new dataset.

        Raises:
            DatasetNameTaken: one of this name exists.
        """

    def get_or_create(self, name: str, created_by: str, at: datetime) -> Dataset:
        """The dataset of this name, made when there is none."""

    def get(self, dataset_id: DatasetId) -> Dataset:
        """The dataset with this id.

        Raises:
            DatasetNotFound: there is none.
        """

    def get_by_name(self, name: str) -> Dataset:
        """The dataset of this name.

        Raises:
            DatasetNotFound: there is none.
        """

    def totals(self, dataset_id: DatasetId) -> DatasetTotals:
        """What the dataset holds now."""

    def page(self, request: PageRequest) -> Page[DatasetSummary]:
        """Datasets with their totals; sorts: `uploadDate` (default) and `name`."""


class ImageStore(Protocol):
    """The images of the datasets: reads, names, and the two transactions that change totals."""

    def reserve_name(self, receipt: Receipt, dataset_id: DatasetId, names: Sequence[str]) -> str:
        """Take the first free one of `names` in the dataset for the receipt's image.

        A repeat for the same receipt gives the same name. A reserved image is not live: no
        listing shows it, and only `record` makes it so.
        """

    def release_name(self, image_id: ImageId) -> None:
        """Give up a reservation; nothing happens to a live image."""

    def record(self, image: Image, at: datetime) -> None:
        """Make a reserved image live, count it and set its receipt to stored, in one transaction;
        the receipt takes over the image's uploader.

        A repeat for an image that is live, or was retired since, changes nothing. `at` is when.

        Raises:
            TransientFault: the image's name is not reserved, or its receipt is settled otherwise.
        """

    def exists(self, image_id: ImageId) -> bool:
        """Whether the image is live."""

    def page(self, dataset_id: DatasetId, request: PageRequest) -> Page[Image]:
        """Live images; sorts: `uploadDate` (default: upload order), `name` and `fileSize`."""

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        """The persist URLs of all live images in upload order, in bounded memory."""

    def retire(self, dataset_id: DatasetId, names: Sequence[str], at: datetime) -> list[Image]:
        """Take live images of these names out of the listing and the totals, in one transaction.

        Their names stay taken until `forget`: nothing new may take a name whose trove object is
        still to be removed. Returns the images that were live, and those retired before whose
        removal never finished.
        """

    def forget(self, image_ids: Iterable[ImageId]) -> None:
        """Drop retired images for good, once nothing of them is left in the bucket."""


class ReceiptStore(Protocol):
    """The receipts of all uploads."""

    def announce(self, receipts: Sequence[Receipt]) -> None:
        """Record uploads whose bytes are on their way; a repeat changes nothing."""

    def get(self, receipt_id: ReceiptId) -> Receipt | None:
        """The receipt, or None."""

    def get_many(self, receipt_ids: Sequence[ReceiptId]) -> list[Receipt]:
        """Those of the receipts that exist, in the given order."""

    def claim(self, receipt_id: ReceiptId, owner: str, lease_seconds: float) -> Receipt | None:
        """Take an open receipt for one attempt: state `received`, attempts + 1, lease to `owner`.

        The same owner may claim again: a function that is retried keeps its request id. A final
        receipt is returned as it is and not leased; None if there is no such receipt.

        Raises:
            IngestInProgress: somebody else's lease has not run out.
        """

    def claim_new(self, receipt: Receipt, owner: str, lease_seconds: float) -> Receipt:
        """Take an upload that nobody announced: it begins as `receipt`, and is claimed at once.

        If it has begun before, this is `claim`, and nothing of `receipt` but its id counts.

        Raises:
            IngestInProgress: somebody else's lease has not run out.
        """

    def reopen(self, receipt: Receipt, fresh: Receipt) -> bool:
        """Replace a final receipt by a fresh one, if nobody changed it meanwhile; whether it was done."""

    def record_persisted(self, receipt_id: ReceiptId, persisted: PersistedFile) -> None:
        """Keep the persist service's answer, so that no later attempt uploads again."""

    def reject(self, receipt: Receipt, reason: str, at: datetime) -> None:
        """End an open upload as rejected, and its lease; keeps the uploader that `receipt` names."""

    def fail(self, receipt_id: ReceiptId, reason: str) -> None:
        """Note that a neighbour's fault ended the attempt and end its lease; it stays open."""

    def of_upload(self, upload_id: UploadId) -> list[Receipt]:
        """All receipts of one request or session, in order."""

    def tally(self, upload_id: UploadId) -> Tally:
        """How many of an upload's files are in which state."""

    def page_of_upload(
        self, upload_id: UploadId, request: PageRequest, state: ReceiptState | None = None
    ) -> Page[Receipt]:
        """An upload's receipts in order, those in `state` if one is given."""

    def page(
        self, dataset_id: DatasetId | None, states: Sequence[ReceiptState], request: PageRequest
    ) -> Page[Receipt]:
        """Receipts in upload order: of one dataset, or of all uploads; sort: `uploadDate`."""

    def count_open(self, upload_id: UploadId) -> int:
        """How many of an upload's receipts are still expected or received."""


@dataclass(frozen=True, slots=True)
class AnnouncedCall:
    """What one call that announced files was given: places `first` to `first + count - 1` of an upload.

    `fingerprint` tells a repeat of the call from another one under the same key.
    """

    upload_id: UploadId
    first: int
    count: int
    fingerprint: str


class SessionStore(Protocol):
    """The upload sessions, and the calls that must not be carried out twice."""

    def open(self, session: UploadSession) -> None:
        """Record a new session."""

    def get(self, upload_id: UploadId) -> UploadSession:
        """The session with this id.

        Raises:
            UploadNotFound: there is none.
        """

    def take_places(self, upload_id: UploadId, count: int) -> int:
        """Take `count` consecutive places of a session; returns the first. None is given twice."""

    def recall(self, key: str) -> AnnouncedCall | None:
        """The call that was remembered under an idempotency key."""

    def remember(self, key: str, call: AnnouncedCall) -> AnnouncedCall:
        """Remember a call for a week; returns the one that was remembered first."""


class AuditStore(Protocol):
    """The audit: records are added and read, never changed or removed."""

    def add(self, record: AuditRecord) -> None:
        """Keep a record.

        Raises:
            TransientFault: it could not be kept within two seconds.
        """

    def page(self, dataset_id: DatasetId | None, user: str | None, request: PageRequest) -> Page[AuditRecord]:
        """Records, newest first: of one dataset, of one user, of both, or all."""


class LeftoverStore(Protocol):
    """The sweep's view of the database: what a crash may have left undone.

    The iterators read batch by batch, so that what they give may be repaired on the way.
    """

    def standings(self, receipt_ids: Sequence[ReceiptId]) -> dict[ReceiptId, ReceiptStanding]:
        """How far those of the uploads are that have a receipt."""

    def open_uploads(self, before: datetime) -> Iterator[Receipt]:
        """Receipts that are not final and were announced before a time, oldest first."""

    def end_leases(self) -> int:
        """End every lease, since nobody is at work; returns how many there were."""

    def backlog(self) -> Backlog:
        """The uploads that a neighbour's fault holds up."""

    def reservations(self, before: datetime) -> Iterator[Reservation]:
        """Names reserved before a time for images that are not live yet, oldest first."""

    def retired(self, before: datetime) -> Iterator[Image]:
        """Images retired before a time and not forgotten yet, oldest first."""

    def standing(self, image_id: ImageId) -> ImageStanding | None:
        """How far an image's entry is now; None if there is none."""

    def live_among(self, image_ids: Sequence[ImageId]) -> set[ImageId]:
        """Those of the images that are live."""

    def names_taken(self, dataset_id: DatasetId, names: Sequence[str]) -> set[str]:
        """Those of `names` that an image of the dataset holds, however far it is."""

    def hold_name(self, dataset_id: DatasetId, name: str, at: datetime) -> ImageId | None:
        """Reserve a free name for nobody, so that no image can take it meanwhile.

        Returns what `ImageStore.release_name` gives it back with; None if an image holds it.
        """


class TotalsStore(Protocol):
    """The upkeep of the counters that a dataset's totals are the sum of."""

    def drift(self, dataset_id: DatasetId) -> Drift:
        """By how much the totals differ from a recount of the live images at this moment."""

    def correct(self, dataset_id: DatasetId) -> Drift:
        """Recount and correct in one transaction; returns what was added to the totals."""

    def scattered(self, before: datetime) -> list[DatasetId]:
        """Datasets with several counters that were last changed before a time."""

    def fold(self, dataset_id: DatasetId, before: datetime) -> int:
        """Make one counter of those last changed before a time; returns of how many."""


@dataclass(frozen=True, slots=True)
class PersistRequest:
    """A file for the persist service.

    `name` is 64 hex characters, half of them random, and a suffix. It and `image_id` are the same
    at every attempt: a store that keys by them stores one file however often it is asked.
    """

    image_id: ImageId
    name: str
    file_name: str
    content_type: str
    body: bytes = field(repr=False)
    source: ObjectVersion = field(repr=False)


class PersistService(Protocol):
    """The file exchange that every image is handed to, and whose URL a details row shows."""

    @property
    def keys_by_name(self) -> bool:
        """Whether it keeps one file per name, so that handing a file over again changes nothing."""

    def upload(self, request: PersistRequest) -> PersistedFile:
        """Hand over a file for good."""


class PersistedFiles(Protocol):
    """The files that were handed over, wherever their URLs lead."""

    def fetch(self, persisted: PersistedFile) -> bytes | None:
        """A file's bytes; None if it is not there any more."""


class IngestTrigger(Protocol):
    """Starts the ingest of objects that are in the bucket already, as their events did."""

    def trigger(self, versions: Sequence[ObjectVersion]) -> None:
        """Have these objects ingested soon; returns at once."""


class TokenVerifier(Protocol):
    """Tells who a token belongs to."""

    def verify(self, token: str) -> User:
        """The user that the token names.

        Raises:
            InvalidToken: it is malformed, expired, wrongly signed, or not meant for this service.
        """
