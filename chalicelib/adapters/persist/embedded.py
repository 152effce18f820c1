"""The persist service of a system that has no other: files in the bucket, served by our own route.

Its URLs look like the documented service's, `/api/files/26936493/download/<64 hex>.<extension>`.
The name is what guards a file; the number only tells uploads apart. Both are those of the upload,
so that a repeated one writes the same object. The object's key holds a digest of the name: whoever
may list the bucket learns no URL.
"""

from __future__ import annotations

import re

from chalicelib.domain.errors import FileNotFound, ObjectChanged
from chalicelib.domain.formats import content_type_of_extension
from chalicelib.domain.ids import ImageId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.layout import Layout
from chalicelib.domain.lifetimes import FILE_URL
from chalicelib.domain.stored_files import ByteRange, StoredFile
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.services import PersistRequest

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

    def find(self, file_id: str, name: str) -> StoredFile:
        """A stored file, without its bytes.

        Raises:
            FileNotFound: there is none of this number and name.
        """
        if _NUMBER.fullmatch(file_id) and _NAME.fullmatch(name):
            for key in self._layout.persist_keys(file_id, name):
                head = self._store.head(key)
                if head is not None:
                    kind = content_type_of_extension(name.rpartition(".")[2])
                    return StoredFile(head.version, kind)
        raise FileNotFound("no such file")

    def download_url(self, file: StoredFile, *, cache_control: str | None = None) -> str:
        """A presigned URL of a stored file, which has a browser save it: S3 cannot forbid sniffing."""
        return self._store.url_for_get(
            file.version.key,
            expires_in=int(FILE_URL.total_seconds()),
            content_type=file.content_type,
            content_disposition="attachment",
            cache_control=cache_control,
        )

    def read(self, file: StoredFile, part: ByteRange | None = None) -> bytes:
        """A stored file's bytes, or a part of them.

        Raises:
            FileNotFound: it has gone since it was found.
        """
        try:
            if part is None:
                return self._store.get(file.version.key, file.version.etag).body
            return self._store.get_part(file.version.key, part, file.version.etag)
        except ObjectChanged as error:
            raise FileNotFound("no such file") from error


def hide_names(store: ObjectStore, layout: Layout) -> int:
    """Give files that lie under their names the keys that tell none; how many there were.

    Releases before the digest stored them so. Each is copied before its old key goes, so that it
    can be found all the while, and a run that breaks off is begun again.
    """
    moved = 0
    for version in store.list(layout.persist):
        number, _, name = version.key.removeprefix(layout.persist).partition("/")
        if _NUMBER.fullmatch(number) and _NAME.fullmatch(name):
            store.copy(version.key, layout.persist_key(number, name), etag=version.etag)
            store.delete([version.key])
            moved += 1
    return moved


def _number(image_id: ImageId) -> str:
    """Eight digits: the counter that the id ends in. Neighbours are close, as a service's would be."""
    return str(_LOWEST_NUMBER + int(image_id[-6:], 16))
