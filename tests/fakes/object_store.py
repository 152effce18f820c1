"""A bucket in memory."""

from __future__ import annotations

import builtins
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5, sha256
from threading import Lock
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from chalicelib.adapters.s3.metadata import encode_metadata
from chalicelib.domain.errors import ObjectChanged
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.stored_files import ByteRange
from chalicelib.domain.uploads import ObjectVersion, PresignedRequest
from chalicelib.ports.objects import ObjectHead, StoredObject

from .clock import utc_now
from .faults import Faults, SwitchedStore, port_method

OCTETS = "application/octet-stream"
MAX_KEY_BYTES = 1024
MAX_METADATA_BYTES = 2048


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
    def get_part(self, key: ObjectKey, part: ByteRange, etag: str) -> bytes:
        with self._lock:
            kept = self._unchanged(key, etag)
        return kept.body[part.first : part.last + 1]

    @port_method
    def put(
        self,
        key: ObjectKey,
        body: bytes,
        *,
        content_type: str = OCTETS,
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
            encoding = None
            if content_type is None and metadata is None:
                metadata, content_type, encoding = kept.metadata, kept.content_type, kept.content_encoding
            version = self._keep(target, kept.body, metadata or {}, content_type or OCTETS, encoding)
        self._tell(version)

    @port_method
    def delete(self, keys: Sequence[ObjectKey]) -> None:
        with self._lock:
            for key in keys:
                self.objects.pop(key, None)

    @port_method
    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        with self._lock:
            found = [
                kept.version
                for key, kept in self.objects.items()
                if key.startswith(prefix) and (not after or key > after)
            ]
        return iter(sorted(found, key=lambda version: version.key))

    @port_method
    def url_for_get(
        self,
        key: ObjectKey,
        *,
        expires_in: int,
        content_type: str | None = None,
        content_disposition: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        wanted = {
            "type": content_type,
            "disposition": content_disposition,
            "cache": cache_control,
            "expires": str(expires_in),
        }
        wanted["X-Amz-Signature"] = "very-secret"
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return f"https://bucket.test/{quote(key)}?{query}"

    @port_method
    def request_for_put(
        self, key: ObjectKey, *, size: int, sha256: str | None, expires_in: int
    ) -> PresignedRequest:
        headers = {"Content-Length": str(size), "Content-Type": OCTETS}
        if sha256 is not None:
            headers["x-amz-checksum-sha256"] = b64encode(bytes.fromhex(sha256)).decode()
        return PresignedRequest("PUT", f"https://bucket.test/{quote(key)}?expires={expires_in}", headers)

    def send(self, request: PresignedRequest, body: bytes) -> bool:
        """Carry out a presigned request as a client would; whether its length and checksum fit `body`."""
        checksum = b64encode(sha256(body).digest()).decode()
        if request.headers["Content-Length"] != str(len(body)):
            return False
        if request.headers.get("x-amz-checksum-sha256", checksum) != checksum:
            return False
        self.put(ObjectKey(unquote(urlsplit(request.url).path[1:])), body)
        return True

    def open_url(self, url: str) -> tuple[bytes, dict[str, str]]:
        """What a GET of one of our URLs gives: the body, and headers with their names in lower case."""
        parts = urlsplit(url)
        wanted = dict(parse_qsl(parts.query))
        kept = self.objects[ObjectKey(unquote(parts.path[1:]))]
        headers = {
            "content-type": wanted.get("type", kept.content_type),
            "content-encoding": kept.content_encoding,
            "content-disposition": wanted.get("disposition"),
            "cache-control": wanted.get("cache"),
        }
        return kept.body, {name: value for name, value in headers.items() if value is not None}

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
        encoded = encode_metadata(metadata)
        if sum(len(name) + len(text) for name, text in encoded.items()) > MAX_METADATA_BYTES:
            raise ValueError("Amazon S3 refuses more than 2 KB of metadata")
        if len(key.encode()) > MAX_KEY_BYTES:
            raise ValueError("Amazon S3 refuses a key of more than 1,024 bytes")
        etag = md5(body, usedforsecurity=False).hexdigest()
        version = ObjectVersion(key, etag, len(body), self._now())
        self.objects[key] = KeptObject(version, body, dict(metadata), content_type, content_encoding)
        return version

    def _tell(self, version: ObjectVersion) -> None:
        if self.on_put is not None:
            self.on_put(version)
