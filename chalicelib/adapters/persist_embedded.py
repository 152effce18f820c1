"""The persist service of a system that has no other: files in the bucket, served by our own route.

Its URLs look like the documented service's, `/api/files/26936493/download/<64 hex>.<extension>`.
The name is what guards a file; the number only tells uploads apart. Both are those of the upload,
so that a repeated one writes the same object.
"""

from __future__ import annotations

import re

from chalicelib.domain.errors import FileNotFound
from chalicelib.domain.formats import content_type_of_extension
from chalicelib.domain.layout import Layout
from chalicelib.domain.lifetimes import FILE_URL
from chalicelib.domain.model import ImageId, ObjectKey, PersistedFile
from chalicelib.ports import ObjectStore, PersistRequest

_LOWEST_NUMBER = 10_000_000
_NUMBER = re.compile(r"[0-9]{1,20}")
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


class EmbeddedPersist:
    """`ports.PersistService` over the bucket, and the look-up for its download route."""

    keys_by_name = True

    def __init__(self, store: ObjectStore, layout: Layout) -> None:
        self._store = store
        self._layout = layout

    def upload(self, request: PersistRequest) -> PersistedFile:
        """Copy the file inside the bucket; its bytes are not sent again.

        The uploader's metadata stays behind: whoever has the URL sees the copy's.

        Raises:
            ObjectChanged: the source was replaced or removed since it was read.
        """
        number = _number(request.image_id)
        self._store.copy(
            request.source.key,
            self._layout.persist_key(number, request.name),
            etag=request.source.etag,
            content_type=request.content_type,
        )
        return PersistedFile(number, f"/api/files/{number}/download/{request.name}")

    def download_url(self, file_id: str, name: str) -> str:
        """A presigned URL of a stored file, which has a browser save it: S3 cannot forbid sniffing.

        Raises:
            FileNotFound: there is none of this number and name.
        """
        key, _ = self._find(file_id, name)
        return self._store.url_for_get(
            key,
            expires_in=int(FILE_URL.total_seconds()),
            content_type=content_type_of_extension(name.rpartition(".")[2]),
            content_disposition="attachment",
        )

    def read(self, file_id: str, name: str, most_bytes: int) -> bytes | None:
        """A stored file's bytes; None if they are more than `most_bytes`.

        Raises:
            FileNotFound: there is none of this number and name.
        """
        key, size = self._find(file_id, name)
        return self._store.get(key).body if size <= most_bytes else None

    def _find(self, file_id: str, name: str) -> tuple[ObjectKey, int]:
        """A stored file's key, and its size in bytes."""
        if not _NUMBER.fullmatch(file_id) or not _NAME.fullmatch(name):
            raise FileNotFound("no such file")
        key = self._layout.persist_key(file_id, name)
        head = self._store.head(key)
        if head is None:
            raise FileNotFound("no such file")
        return key, head.version.size


def _number(image_id: ImageId) -> str:
    """Eight digits: the counter that the id ends in. Neighbours are close, as a service's would be."""
    return str(_LOWEST_NUMBER + int(image_id[-6:], 16))
