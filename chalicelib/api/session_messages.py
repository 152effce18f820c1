"""Bodies of the upload-session and receipt routes, asked and answered."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.naming import published
from chalicelib.api.replies import Failure, Id, Moment, NextCursor, RejectionCode
from chalicelib.api.requests import CursorText, DatasetIdText, dataset_if_named
from chalicelib.domain.model import DatasetId, DeclaredFile, ReceiptState, UploadId
from chalicelib.domain.paging import Cursor, PageRequest
from chalicelib.services.upload_sessions import Target

MAX_ANNOUNCED_FILES = 1_000
"""Files of one call; a session takes any number of calls."""
MAX_ROWS = 1_000

UploadIdText = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{24}$",
        min_length=24,
        max_length=24,
        description="the upload session's id",
        examples=["60f6c0d0a968f9132ebf6b01"],
    ),
]
Sha256Text = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{64}$",
        min_length=64,
        max_length=64,
        description="64 hex characters; the upload must have exactly these bytes",
    ),
]
FileState = Literal["stored", "rejected", "failed", "pending"]


class AnnouncedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is to be uploaded."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=5_000, description="its name or path, of which the last part counts"),
    ]
    size: Annotated[int, Meta(ge=0, le=2**53, description="in bytes; the upload must have exactly these")]
    sha256: Sha256Text | None = None


class AnnounceRequest(Struct, frozen=True, kw_only=True, rename=published, forbid_unknown_fields=True):
    """Files to upload, and where to: exactly one of `datasetID`, `datasetName` and `uploadID`.

    A new name makes a new dataset; more or fewer than one of the three are a 400.
    """

    exactly_one: ClassVar[tuple[str, ...]] = ("dataset_id", "dataset_name", "upload_id")

    dataset_id: DatasetIdText | None = None
    dataset_name: (
        Annotated[str, Meta(min_length=1, max_length=5_000, description="the dataset's name")] | None
    ) = None
    upload_id: UploadIdText | None = None
    files: Annotated[list[AnnouncedFile], Meta(min_length=1, max_length=MAX_ANNOUNCED_FILES)]

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not None for name in self.exactly_one) != 1:
            raise ValueError("Expected exactly one of `datasetID`, `datasetName` and `uploadID`")

    @property
    def target(self) -> Target:
        """Where the files go."""
        return Target(
            dataset_if_named(self.dataset_id),
            self.dataset_name,
            UploadId(self.upload_id) if self.upload_id else None,
        )

    @property
    def declared(self) -> list[DeclaredFile]:
        """The files."""
        return [
            DeclaredFile(file.name, file.size, file.sha256.lower() if file.sha256 else None)
            for file in self.files
        ]


class RowsRequest(Struct, frozen=True, kw_only=True):
    """Which rows of a longer list are asked for."""

    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS, description="rows of a page")] = MAX_ROWS
    cursor: CursorText | None = None

    @property
    def page(self) -> PageRequest:
        """The rows that are asked for.

        Raises:
            InvalidParameters: the cursor is not one of ours.
        """
        return PageRequest(self.limit, Cursor.decode(self.cursor) if self.cursor else None)


class SessionRowsRequest(RowsRequest, frozen=True, kw_only=True, rename=published):
    """Which rows of one session are asked for: from the path and the query string."""

    upload_id: UploadIdText

    @property
    def upload(self) -> UploadId:
        """The session."""
        return UploadId(self.upload_id)


class ReceiptsRequest(RowsRequest, frozen=True, kw_only=True, rename=published):
    """Which receipts are asked for; without `datasetID` those of all datasets."""

    dataset_id: DatasetIdText | None = None
    state: (
        Annotated[
            FileState,
            Meta(description="only files in this state; `failed` ones are tried again by themselves"),
        ]
        | None
    ) = None

    @property
    def dataset(self) -> DatasetId | None:
        """The dataset, if one is named."""
        return dataset_if_named(self.dataset_id)

    @property
    def states(self) -> list[ReceiptState]:
        """The states that are asked for."""
        return [state for state in ReceiptState if self.state in (None, public_state(state))]


class RetryRequest(Struct, frozen=True, kw_only=True, rename=published, forbid_unknown_fields=True):
    """Which failed files to try again; without `datasetID` those of all datasets."""

    dataset_id: DatasetIdText | None = None

    @property
    def dataset(self) -> DatasetId | None:
        """The dataset, if one is named."""
        return dataset_if_named(self.dataset_id)


class RequestedFileReply(Struct, frozen=True):
    """A file and the presigned request that puts it: send it as it is, with the file as its body."""

    name: str
    method: str
    url: str
    headers: dict[str, str]


class AnnounceReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """The reply of an announcement; `expiresAt` is when its requests stop working."""

    upload_id: Id
    dataset_id: Id
    status: int
    expires_at: Moment
    files: list[RequestedFileReply]
    failures: list[Failure] | UnsetType = UNSET
    next_cursor: NextCursor | UnsetType = UNSET


class FileStateReply(Struct, frozen=True, omit_defaults=True):
    """What became of one file of a session."""

    name: str
    state: FileState
    reason: str | UnsetType = UNSET
    code: RejectionCode | UnsetType = UNSET


class SessionReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """How far a session is: `expected` is always the sum of the four below it."""

    upload_id: Id
    dataset_id: Id
    expires_at: Moment
    expected: int
    stored: int
    rejected: int
    failed: int
    pending: int
    complete: bool
    files: list[FileStateReply]
    next_cursor: NextCursor | UnsetType = UNSET


class ReceiptReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """What became of one upload of one file."""

    name: str
    source: Literal["multipart", "session", "drop"]
    state: FileState
    reason: str | None
    uploaded_by: str
    date: Moment
    dataset_id: str | UnsetType = UNSET
    image_id: str | UnsetType = UNSET
    code: RejectionCode | UnsetType = UNSET


class ReceiptsReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """Receipts in upload order."""

    receipts: list[ReceiptReply]
    next_cursor: NextCursor | UnsetType = UNSET


class RetryReply(Struct, frozen=True):
    """How many failed files were set going again; a call takes at most 1,000."""

    retried: int
    status: int


_PUBLIC_STATES: dict[ReceiptState, FileState] = {
    ReceiptState.EXPECTED: "pending",
    ReceiptState.RECEIVED: "pending",
    ReceiptState.STORED: "stored",
    ReceiptState.REJECTED: "rejected",
    ReceiptState.FAILED: "failed",
}


def public_state(state: ReceiptState) -> FileState:
    """A receipt's state as clients see it: whether its bytes have come makes no difference to them."""
    return _PUBLIC_STATES[state]
