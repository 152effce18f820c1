"""Upload sessions."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.bodies.shared import (
    DatasetIdText,
    FileState,
    Id,
    Moment,
    NextCursor,
    RejectionCode,
    RowsRequest,
    UploadIdText,
    dataset_if_named,
    published,
)
from chalicelib.api.bodies.uploads import Failure
from chalicelib.domain.ids import UploadId
from chalicelib.domain.uploads import DeclaredFile, Target

MAX_ANNOUNCED_FILES = 1_000
"""Files of one call; a session takes any number of calls."""
Sha256Text = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{64}$",
        min_length=64,
        max_length=64,
        description="64 hex characters; the upload must have exactly these bytes",
    ),
]


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


class SessionRowsRequest(RowsRequest, frozen=True, kw_only=True, rename=published):
    """Which rows of one session are asked for: from the path and the query string."""

    upload_id: UploadIdText

    @property
    def upload(self) -> UploadId:
        """The session."""
        return UploadId(self.upload_id)


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
