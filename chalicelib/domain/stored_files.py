"""Stored bytes that never change, and parts of them."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.uploads import ObjectVersion


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From byte `first` to byte `last`, which it includes; the first byte is 0."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the embedded persist store: its object, and the type that was detected."""

    version: ObjectVersion
    content_type: str

    @property
    def size(self) -> int:
        """In bytes."""
        return self.version.size

    @property
    def etag(self) -> str:
        """What HTTP calls the bytes: as the bucket does, on whichever road they are served."""
        return f'"{self.version.etag}"'
