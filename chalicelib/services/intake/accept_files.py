"""Create and update: files of a request take the path that every file takes, and the reply waits for them.

The files are announced as receipts, put under `incoming/`, and from there on the ingest function
does what it does for every file. So the reply can tell of each what became of it, and what is not
done when the wait is over arrives by itself.

Once the first put has begun, no fault becomes an error: whoever is told of an error sends the files
again, and those that are in would be there twice. What cannot be asked about is pending.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep

from chalicelib.domain.datasets import Dataset, NotStored
from chalicelib.domain.errors import DatasetNameTaken, TransientFault
from chalicelib.domain.ids import DatasetId, UploadId
from chalicelib.domain.layout import Layout, announced_receipt_id
from chalicelib.domain.names import base_name, check_dataset_name
from chalicelib.domain.new_receipts import new_receipt, new_upload_id, upload_order
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Source, UploadedFile
from chalicelib.domain.users import User
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ReceiptStore

ABANDONED_AFTER = timedelta(minutes=10)
"""A request may last half a minute: one that has announced nothing after so long never will."""
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.05
"""Between two looks at a request's receipts; each pause is twice the one before."""


@dataclass(frozen=True, slots=True)
class FileFailure:
    """A file that did not become an image, and why; a fault, after which it goes again, has no code."""

    name: str
    reason: str
    code: RejectionKind | None


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """What became of a request's files; `pending` ones arrive by themselves."""

    dataset_id: DatasetId
    stored: int
    failures: list[FileFailure]
    pending: int


class AcceptFiles:
    """Takes in the files of a multipart request."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        datasets: DatasetStore,
        receipts: ReceiptStore,
        pool: Executor,
        layout: Layout,
        wait_seconds: float,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._receipts = receipts
        self._pool = pool
        self._layout = layout
        self._wait_seconds = wait_seconds
        self._now = now

    def create(self, dataset_name: str, files: Sequence[UploadedFile], user: User) -> UploadOutcome:
        """Make a dataset of these files; one that an earlier call made in vain is taken over, id and all.

        Raises:
            InvalidName: no dataset may be called that.
            DatasetNameTaken: one is called that already.
        """
        upload_id = new_upload_id()
        dataset = self._new_dataset(check_dataset_name(dataset_name), upload_id, user)
        return self._accept(dataset, files, user, upload_id)

    def update(self, dataset_name: str, files: Sequence[UploadedFile], user: User) -> UploadOutcome:
        """Add these files to a dataset.

        Raises:
            DatasetNotFound: there is none of this name.
        """
        return self._accept(self._datasets.get_by_name(dataset_name), files, user, new_upload_id())

    def _new_dataset(self, name: str, upload_id: UploadId, user: User) -> Dataset:
        at = self._now()
        try:
            return self._datasets.create(name, user.name, at, upload_id)
        except DatasetNameTaken:
            dataset = self._datasets.get_by_name(name)
            # Of two that find it so, one gets it.
            if self._came_to_nothing(dataset) and self._datasets.begin_anew(
                dataset, upload_id, user.name, at
            ):
                return dataset
            raise

    def _came_to_nothing(self, dataset: Dataset) -> bool:
        """Whether the create that made a dataset is over without an image, and nobody else used it since."""
        if dataset.first_upload is None:
            return False
        tally = self._receipts.tally(dataset.first_upload)
        is_over = tally.expected == tally.rejected
        if tally.expected == 0:  # it died before it announced its files, or is just about to do so
            is_over = self._now() - dataset.created_at > ABANDONED_AFTER
        is_empty = self._datasets.totals(dataset.id).modified_at is None
        counts = self._receipts.not_stored([dataset.id]).get(dataset.id, NotStored())
        return is_over and is_empty and counts.pending == 0

    def _accept(
        self, dataset: Dataset, files: Sequence[UploadedFile], user: User, upload_id: UploadId
    ) -> UploadOutcome:
        at = self._now()
        receipts = [self._receipt(dataset, upload_id, n, file, user, at) for n, file in enumerate(files)]
        self._receipts.announce(receipts)
        refused = [failure for failure in self._pool.map(self._put, receipts, files) if failure is not None]
        try:
            self._wait(upload_id)
            return _outcome(dataset.id, self._receipts.of_upload(upload_id))
        except TransientFault:
            return UploadOutcome(dataset.id, 0, refused, len(files) - len(refused))

    def _receipt(
        self, dataset: Dataset, upload_id: UploadId, n: int, file: UploadedFile, user: User, at: datetime
    ) -> Receipt:
        name = base_name(file.name)
        return new_receipt(
            announced_receipt_id(upload_id, n),
            Source.MULTIPART,
            self._layout.incoming_key(dataset.id, upload_id, n, name),
            name,
            order=upload_order(at, upload_id, n),
            uploaded_by=user.name,
            at=at,
            dataset_id=dataset.id,
            upload_id=upload_id,
        )

    def _put(self, receipt: Receipt, file: UploadedFile) -> FileFailure | None:
        """Put a file; a failure if its bytes are not in: they go with this request, so its user must know."""
        try:
            self._store.put(receipt.key, file.body)
            return None
        except TransientFault as fault:
            if self._is_in(receipt):
                return None
            reason = f"{receipt.name}: it could not be stored ({fault})"
            # Without its receipt's end the sweep gives it up later: what the user reads is the same.
            with suppress(TransientFault):
                self._receipts.reject(receipt, RejectionKind.NOT_RECEIVED, reason, self._now())
            return FileFailure(receipt.name, reason, RejectionKind.NOT_RECEIVED)

    def _is_in(self, receipt: Receipt) -> bool:
        """Whether the answer alone was lost, or the file is taken up already."""
        try:
            if self._store.head(receipt.key) is not None:
                return True
            known = self._receipts.get(receipt.id)
            return known is not None and known.state is not ReceiptState.EXPECTED
        except TransientFault:
            return False

    def _wait(self, upload_id: UploadId) -> None:
        """Wait until nothing is under way any more, at most `wait_seconds`."""
        deadline, pause = monotonic() + self._wait_seconds, FIRST_PAUSE_SECONDS
        while self._receipts.count_open(upload_id) and monotonic() < deadline:
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _outcome(dataset_id: DatasetId, receipts: Sequence[Receipt]) -> UploadOutcome:
    stored = sum(receipt.state is ReceiptState.STORED for receipt in receipts)
    failures = [
        FileFailure(receipt.name, receipt.reason or "", receipt.code)
        for receipt in receipts
        if receipt.state is ReceiptState.REJECTED
    ]
    return UploadOutcome(dataset_id, stored, failures, len(receipts) - stored - len(failures))
