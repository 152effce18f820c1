"""The bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.stored_files import ByteRange
from chalicelib.domain.uploads import ObjectVersion, PresignedRequest


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

    def get_part(self, key: ObjectKey, part: ByteRange, etag: str) -> bytes:
        """A part of the object's bytes, which has to lie inside it.

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

        With neither `content_type` nor `metadata` the copy keeps the source's; with one of them it
        has that one alone, and nothing of the source's.

        Raises:
            ObjectChanged: there is no source, or its ETag is no longer `etag`.
        """

    def delete(self, keys: Sequence[ObjectKey]) -> None:
        """Remove objects; one that is not there is no error."""

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        """Every object below a prefix, in key order, page by page; those behind the key `after`, if given."""

    def url_for_get(
        self,
        key: ObjectKey,
        *,
        expires_in: int,
        content_type: str | None = None,
        content_disposition: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        """A presigned URL that serves the object for `expires_in` seconds, under these headers."""

    def request_for_put(
        self, key: ObjectKey, *, size: int, sha256: str | None, expires_in: int
    ) -> PresignedRequest:
        """A presigned request that writes this key, these many bytes and, where `sha256` is given, these.

        `sha256` is in hex; the request is valid for `expires_in` seconds.
        """
