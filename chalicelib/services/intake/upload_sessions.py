"""Upload sessions: the way in for what no request can carry.

Files are announced by name, size and, if known, sha256; each gets a presigned request with which
its bytes go straight into the bucket, and a receipt that tells what became of it. A session takes
any number of announcements, outlives every presigned request, and can be resumed by whoever knows
its id: after a crash, a night, on another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import InvalidParameters, Rejected, UploadNotFound
from chalicelib.domain.ids import UploadId
from chalicelib.domain.layout import Layout, announced_receipt_id
from chalicelib.domain.lifetimes import PUT_URL, UPLOAD_SESSION
from chalicelib.domain.names import base_name, check_dataset_name
from chalicelib.domain.new_receipts import new_receipt, new_upload_id, upload_order
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import DeclaredFile, PresignedRequest, Source, Tally, Target, UploadSession
from chalicelib.domain.users import User
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import AnnouncedCall, DatasetStore, ReceiptStore, SessionStore
from chalicelib.services.intake.acceptance import check_acceptable


@dataclass(frozen=True, slots=True)
class RequestedFile:
    """A file that may be put now, and how."""

    name: str
    request: PresignedRequest


@dataclass(frozen=True, slots=True)
class PutRequests:
    """Presigned requests of one session; `refused` files can never be put, for the reason given."""

    session: UploadSession
    files: list[RequestedFile]
    refused: list[Receipt]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How far a session is: its tally, and a page of its files."""

    session: UploadSession
    tally: Tally
    files: Page[Receipt]


class UploadSessions:
    """Announces files, tells how far they are, and renews what expired."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        datasets: DatasetStore,
        receipts: ReceiptStore,
        sessions: SessionStore,
        layout: Layout,
        max_file_bytes: int,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._receipts = receipts
        self._sessions = sessions
        self._layout = layout
        self._max_file_bytes = max_file_bytes
        self._now = now

    def announce(
        self, target: Target, files: Sequence[DeclaredFile], user: User, idempotency_key: str | None = None
    ) -> PutRequests:
        """Announce files and get the requests that put them.

        A repeat under the same `idempotency_key` (per user) announces nothing again: it gives the
        same upload and files, with requests that are valid from now on.

        Raises:
            DatasetNotFound, UploadNotFound: the target does not exist.
            InvalidName: no dataset may be called that.
            InvalidParameters: the key was used for another call.
        """
        fingerprint = _digest(target, files)
        key = _digest(user.name, idempotency_key) if idempotency_key else None
        call = self._sessions.recall(key) if key else None
        if call is None:
            call = self._begin(target, len(files), fingerprint, user)
            if key:
                call = self._sessions.remember(key, call)
        if call.fingerprint != fingerprint:
            raise InvalidParameters("Idempotency-Key: was used for another call")
        session = self._sessions.get(call.upload_id)
        return self._requests(session, self._announce(session, call, files, user))

    def status(self, upload_id: UploadId, request: PageRequest) -> SessionStatus:
        """How far a session is.

        Raises:
            UploadNotFound: there is none with this id.
        """
        session = self._sessions.get(upload_id)
        return SessionStatus(
            session, self._receipts.tally(upload_id), self._receipts.page_of_upload(upload_id, request)
        )

    def renew(self, upload_id: UploadId, request: PageRequest) -> tuple[PutRequests, Page[Receipt]]:
        """Fresh requests for the files whose bytes have not been seen, page by page.

        Raises:
            UploadNotFound: there is none with this id, or it has expired.
        """
        session = self._open_session(upload_id)
        missing = self._receipts.page_of_upload(upload_id, request, ReceiptState.EXPECTED)
        return self._requests(session, missing.rows), missing

    def _begin(self, target: Target, count: int, fingerprint: str, user: User) -> AnnouncedCall:
        if target.upload_id is not None:
            session = self._open_session(target.upload_id)
        else:
            session = self._open(self._dataset(target, user), user)
        first = self._sessions.take_places(session.id, count)
        return AnnouncedCall(session.id, first, count, fingerprint)

    def _dataset(self, target: Target, user: User) -> Dataset:
        if target.dataset_id is not None:
            return self._datasets.get(target.dataset_id)
        if target.dataset_name is None:
            raise InvalidParameters("one of datasetID, datasetName and uploadID is needed")
        return self._datasets.get_or_create(check_dataset_name(target.dataset_name), user.name, self._now())

    def _open(self, dataset: Dataset, user: User) -> UploadSession:
        at = self._now()
        session = UploadSession(new_upload_id(), dataset.id, user.name, at, at + UPLOAD_SESSION)
        self._sessions.open(session)
        return session

    def _open_session(self, upload_id: UploadId) -> UploadSession:
        session = self._sessions.get(upload_id)
        if session.expires_at <= self._now():
            raise UploadNotFound(upload_id)
        return session

    def _announce(
        self, session: UploadSession, call: AnnouncedCall, files: Sequence[DeclaredFile], user: User
    ) -> list[Receipt]:
        """Announce the files at their places; a repeat finds the receipts that are there."""
        receipts = [self._receipt(session, call.first + n, file, user) for n, file in enumerate(files)]
        self._receipts.announce(receipts)
        for receipt, file in zip(receipts, files, strict=True):
            try:
                check_acceptable(receipt.name, file.size, self._max_file_bytes)
            except Rejected as rejection:
                reason = f"{receipt.name}: {rejection}"
                self._receipts.reject(receipt, rejection.kind, reason, self._now())
        return self._receipts.get_many([receipt.id for receipt in receipts])

    def _receipt(self, session: UploadSession, n: int, file: DeclaredFile, user: User) -> Receipt:
        name = base_name(file.name)
        return new_receipt(
            announced_receipt_id(session.id, n),
            Source.SESSION,
            self._layout.incoming_key(session.dataset_id, session.id, n, name),
            name,
            order=upload_order(session.created_at, session.id, n),
            uploaded_by=user.name,
            at=self._now(),
            dataset_id=session.dataset_id,
            upload_id=session.id,
            declared_size=file.size,
            declared_sha256=file.sha256,
        )

    def _requests(self, session: UploadSession, receipts: Sequence[Receipt]) -> PutRequests:
        refused = [receipt for receipt in receipts if receipt.state is ReceiptState.REJECTED]
        lifetime = min(PUT_URL, session.expires_at - self._now())
        files = [
            RequestedFile(
                receipt.name,
                self._store.request_for_put(
                    receipt.key,
                    size=receipt.declared_size or 0,
                    sha256=receipt.declared_sha256,
                    expires_in=max(1, int(lifetime.total_seconds())),
                ),
            )
            for receipt in receipts
            if receipt.state is not ReceiptState.REJECTED
        ]
        return PutRequests(session, files, refused, self._now() + lifetime)


def _digest(*parts: object) -> str:
    return sha256(msgspec.json.encode(parts)).hexdigest()
