"""Upload sessions, and the objects that uploads are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.ids import DatasetId, ObjectKey, UploadId


class Source(StrEnum):
    """The way that a file came in."""

    MULTIPART = "multipart"
    SESSION = "session"
    DROP = "drop"


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


@dataclass(frozen=True, slots=True)
class Target:
    """Where announced files go: exactly one of the three is set."""

    dataset_id: DatasetId | None = None
    dataset_name: str | None = None
    upload_id: UploadId | None = None


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file of a request, with the name or path that the client gave it."""

    name: str
    body: bytes = field(repr=False)
