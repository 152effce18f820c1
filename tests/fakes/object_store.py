"""A bucket in memory."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from threading import Lock
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import ObjectChanged
from chalicelib.domain.model import ObjectKey, ObjectVersion
from chalicelib.ports import ObjectHead, StoredObject

from .clock import utc_now
from .faults import Faults, SwitchedStore, port_method


@dataclass(frozen=True, slots=True)
class KeptObject:
    """An object as it lies in the bucket, with the headers it would be served with."""

    version: ObjectVersion
    body: bytes
    metadata: Mapping[str, str]
    content_type: str
    content_encoding: str | None


class InMemoryBucket(SwitchedStore):
    """An `ObjectStore`; `on_put` is told of every object written, as S3 raises events for them.

    `on_put` is called after the write and outside the lock, so it may use the bucket.
    """

    port = "bucket"

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        on_put: Callable[[ObjectVersion], None] | None = None,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(faults)
        self.objects: dict[ObjectKey, KeptObject] = {}
        self.on_put = on_put
        self._now = now
        self._lock = Lock()

    def keys(self, prefix: str = "") -> builtins.list[ObjectKey]:
        """The keys below a prefix, in order."""
        with self._lock:
            return sorted(key for key in self.objects if key.startswith(prefix))

    @port_method
    def head(self, key: ObjectKey) -> ObjectHead | None:
        with self._lock:
            kept = self.objects.get(key)
        return ObjectHead(kept.version, dict(kept.metadata)) if kept else None

    @port_method
    def get(self, key: ObjectKey, etag: str | None = None) -> StoredObject:
        with self._lock:
            kept = self._unchanged(key, etag)
        return StoredObject(kept.version, kept.body, dict(kept.metadata))

    @port_method
    def put(
        self,
        key: ObjectKey,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        content_encoding: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        with self._lock:
            version = self._keep(key, body, metadata or {}, content_type, content_encoding)
        self._tell(version)

    @port_method
    def copy(
        self,
        source: ObjectKey,
        target: ObjectKey,
        *,
        etag: str | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        with self._lock:
            kept = self._unchanged(source, etag)
            version = self._keep(
                target,
                kept.body,
                kept.metadata if metadata is None else metadata,
                content_type or kept.content_type,
                kept.content_encoding,
            )
        self._tell(version)

    @port_method
    def delete(self, keys: Sequence[ObjectKey]) -> None:
        with self._lock:
            for key in keys:
                self.objects.pop(key, None)

    @port_method
    def list(self, prefix: str) -> Iterator[ObjectVersion]:
        with self._lock:
            found = [kept.version for key, kept in self.objects.items() if key.startswith(prefix)]
        return iter(sorted(found, key=lambda version: version.key))

    @port_method
    def url_for_get(
        self,
        key: ObjectKey,
        *,
        expires_in: int,
        content_type: str | None = None,
        content_disposition: str | None = None,
    ) -> str:
        wanted = {"type": content_type, "disposition": content_disposition, "expires": str(expires_in)}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return f"https://bucket.test/{quote(key)}?{query}"

    def _unchanged(self, key: ObjectKey, etag: str | None) -> KeptObject:
        kept = self.objects.get(key)
        if kept is None or etag not in (None, kept.version.etag):
            raise ObjectChanged(key)
        return kept

    def _keep(
        self,
        key: ObjectKey,
        body: bytes,
        metadata: Mapping[str, str],
        content_type: str,
        content_encoding: str | None,
    ) -> ObjectVersion:
        etag = md5(body, usedforsecurity=False).hexdigest()
        version = ObjectVersion(key, etag, len(body), self._now())
        self.objects[key] = KeptObject(version, body, dict(metadata), content_type, content_encoding)
        return version

    def _tell(self, version: ObjectVersion) -> None:
        if self.on_put is not None:
            self.on_put(version)
