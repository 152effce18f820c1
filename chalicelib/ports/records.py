"""The records that routes and ingest read and write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.datasets import Dataset, DatasetSummary, DatasetTotals, NotStored
from chalicelib.domain.ids import DatasetId, ImageId, ReceiptId, UploadId
from chalicelib.domain.images import Image, ImageLink, ImageState, ListedImage, PersistedFile
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Tally, UploadSession


class DatasetStore(Protocol):
    """The datasets and their totals."""

    def create(
        self, name: str, created_by: str, at: datetime, first_upload: UploadId | None = None
    ) -> Dataset:
        """Record a new dataset; `first_upload` is the request that makes it.

        Raises:
            DatasetNameTaken: one of this name exists.
        """

    def begin_anew(self, dataset: Dataset, first_upload: UploadId, created_by: str, at: datetime) -> bool:
        """Make a dataset over to another request, unless it is another one's by now; whether it was done."""

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

    def hold(
        self, image_ids: Sequence[ImageId], state: ImageState, holder: str, at: datetime
    ) -> set[ImageId]:
        """Note that `holder` may write or remove the objects of these images, as far as they are in `state`.

        As long as anybody may, no name comes free: a late write or removal can then hit no newer
        image's object. A hold ends with `release_name`, `forget` or `let_go`, or after
        `HOLD_SECONDS`. Returns the images that are held now.
        """

    def let_go(self, image_id: ImageId, holder: str) -> None:
        """End a hold."""

    def release_name(self, image_id: ImageId, holder: str, at: datetime) -> bool:
        """Give up a reservation, and `holder`'s hold of it; whether the name is free now.

        It is not if others hold it, or if the image is live.
        """

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

    def listing(self, dataset_id: DatasetId, request: PageRequest) -> Page[ListedImage]:
        """As `page`, with of each image what a listing shows."""

    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        """The persist URLs of all live images in upload order, in bounded memory."""

    def links(self, dataset_id: DatasetId) -> Iterator[ImageLink]:
        """As `urls`, each with its image's name."""

    def retire(self, dataset_id: DatasetId, names: Sequence[str], holder: str, at: datetime) -> list[Image]:
        """Take live images of these names out of the listing and the totals; `holder` holds them.

        Each image goes with its share of the totals, in one transaction; many names take several.
        Their names stay taken until `forget`: nothing new may take a name whose trove object is
        still to be removed. Returns the images that were live, and those retired before whose
        removal never finished.
        """

    def forget(self, image_ids: Iterable[ImageId], holder: str, at: datetime) -> set[ImageId]:
        """Drop retired images for good, once nothing of them is left in the bucket.

        Ends `holder`'s hold of them. Those that others hold stay, with their names. Returns those that stay.
        """


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

    def reject(self, receipt: Receipt, code: RejectionKind, reason: str, at: datetime) -> None:
        """End an open upload as rejected, and its lease; keeps the uploader that `receipt` names."""

    def fail(self, receipt_id: ReceiptId, reason: str) -> None:
        """Note that a dependency's fault ended the attempt and end its lease; it stays open."""

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

    def not_stored(self, dataset_ids: Sequence[DatasetId] | None = None) -> dict[DatasetId, NotStored]:
        """How many files of these datasets, or of all, are pending or rejected; without those that have none.

        A file whose last attempt failed is pending, since it will be tried again.
        """

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
