"""The values that travel between layers; all immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

import msgspec

from .formats import Format
from .rejection import RejectionKind

DatasetId = NewType("DatasetId", str)
"""24 hex characters."""
ImageId = NewType("ImageId", str)
"""24 hex characters."""
UploadId = NewType("UploadId", str)
"""24 hex characters; names one multipart request or one upload session."""
ReceiptId = NewType("ReceiptId", str)
"""32 hex characters; the identity of one upload of one file."""
ObjectKey = NewType("ObjectKey", str)
"""The key of an object in the bucket, decoded."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of images; `first_upload` is the create request that made it, if one did."""

    id: DatasetId
    name: str
    created_by: str
    created_at: datetime
    first_upload: UploadId | None = None


@dataclass(frozen=True, slots=True)
class DatasetTotals:
    """What a dataset holds, summed over its counters.

    `modified_at` is None while nothing was added or removed since it was created.
    """

    images: int = 0
    bytes: int = 0
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotStored:
    """A dataset's files that are no images: `pending` ones may become some, `rejected` ones will not."""

    pending: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A dataset with its totals: one row of the dataset list."""

    dataset: Dataset
    totals: DatasetTotals
    not_stored: NotStored = NotStored()

    @property
    def modified_at(self) -> datetime:
        """When images were last added or removed, else when the dataset was created."""
        return self.totals.modified_at or self.dataset.created_at


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What inspection finds out from the bytes alone.

    Width and height are those of the stored pixels, before the EXIF orientation (1 to 8) is
    applied; hash, thumbnail and preview are those of the upright image. A preview is there where
    browsers cannot show the file. `suspect` says why a strict
    decoder doubts a file that otherwise decodes to its end.
    """

    format: Format
    width: int
    height: int
    orientation: int
    sha256: str
    perceptual_hash: str
    thumbnail: bytes
    preview: bytes | None = None
    suspect: str | None = None


@dataclass(frozen=True, slots=True)
class PersistedFile:
    """The persist service's answer: its id for the file, and the URL that serves it.

    The URL of the embedded store is a path (`/api/files/…`): the host is that of whoever asks.
    """

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Image:
    """One live image of a dataset: what the uploader gave, and what inspection found.

    `size` is in bytes; `order` sorts a dataset's images by upload.
    """

    id: ImageId
    dataset_id: DatasetId
    receipt_id: ReceiptId
    name: str
    order: str
    size: int
    format: Format
    width: int
    height: int
    orientation: int
    sha256: str
    perceptual_hash: str
    suspect: str | None
    persisted: PersistedFile
    trove_key: ObjectKey
    uploaded_by: str
    uploaded_at: datetime


class ImageState(StrEnum):
    """How far an image's entry is; it holds its name in all three.

    ARRIVING: the name is reserved, nothing shows it. LIVE: listed and counted. RETIRED: no longer
    listed or counted, its trove object still to be removed.
    """

    ARRIVING = "arriving"
    LIVE = "live"
    RETIRED = "retired"


class ListedImage(msgspec.Struct, frozen=True, gc=False):
    """What a listing shows of a live image. A struct, since a reply may hold 100,000 of them."""

    id: ImageId
    name: str
    size: int
    format: Format
    width: int
    height: int
    sha256: str
    perceptual_hash: str
    url: str
    uploaded_by: str
    uploaded_at: datetime

    @classmethod
    def of(cls, image: Image) -> ListedImage:
        """What a listing shows of this image."""
        return cls(
            id=image.id,
            name=image.name,
            size=image.size,
            format=image.format,
            width=image.width,
            height=image.height,
            sha256=image.sha256,
            perceptual_hash=image.perceptual_hash,
            url=image.persisted.url,
            uploaded_by=image.uploaded_by,
            uploaded_at=image.uploaded_at,
        )


class ImageLink(NamedTuple):
    """An image's name, and where its bytes are."""

    name: str
    url: str


class Source(StrEnum):
    """The way that a file came in."""

    MULTIPART = "multipart"
    SESSION = "session"
    DROP = "drop"


class ReceiptState(StrEnum):
    """What became of an upload.

    EXPECTED: announced, its bytes have not been seen. RECEIVED: being ingested. STORED and
    REJECTED are final. FAILED: a dependency's fault ended the last attempt; it will be repeated.
    """

    EXPECTED = "expected"
    RECEIVED = "received"
    STORED = "stored"
    REJECTED = "rejected"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the upload by itself."""
        return self in (ReceiptState.STORED, ReceiptState.REJECTED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one upload of one file, from its announcement to its end.

    `order` sorts the images of a dataset by upload: time, then place within the request.
    `image_id` and `persist_name` are drawn once per upload, so that every attempt repeats the
    same writes instead of adding new ones. `persisted` is the persist service's answer, recorded
    as soon as it came. `code` is the kind of a rejection's `reason`; a fault's has none, and those
    from before the codes have none.
    """

    id: ReceiptId
    source: Source
    key: ObjectKey
    name: str
    dataset_id: DatasetId | None
    upload_id: UploadId | None
    order: str
    uploaded_by: str
    announced_at: datetime
    image_id: ImageId
    persist_name: str
    state: ReceiptState = ReceiptState.EXPECTED
    reason: str | None = None
    code: RejectionKind | None = None
    attempts: int = 0
    declared_size: int | None = None
    declared_sha256: str | None = None
    persisted: PersistedFile | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the files of one upload. The parts always add up to `expected`."""

    stored: int = 0
    rejected: int = 0
    failed: int = 0
    pending: int = 0

    @property
    def expected(self) -> int:
        """How many files were announced."""
        return self.stored + self.rejected + self.failed + self.pending

    @property
    def complete(self) -> bool:
        """Whether nothing more is to come."""
        return self.failed == self.pending == 0


@dataclass(frozen=True, slots=True)
class UploadSession:
    """An upload by presigned requests: files are announced in any number of calls, until it expires."""

    id: UploadId
    dataset_id: DatasetId
    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeclaredFile:
    """A file that a session announces: its size in bytes and, if known, its sha256 (64 hex)."""

    name: str
    size: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class PresignedRequest:
    """A request that anybody may send once, as it is: these headers, and the declared bytes."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """An object in the bucket as an event, a listing or a HEAD names it."""

    key: ObjectKey
    etag: str
    size: int
    at: datetime


class Role(StrEnum):
    """Cumulative: an editor may what a viewer may, an admin what an editor may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking, as the token says."""

    name: str
    role: Role
