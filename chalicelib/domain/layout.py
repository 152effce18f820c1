"""The bucket's layout: which key means what.

Intake and output never touch: only `incoming/` and the drop folder raise events, and a layout in
which an output prefix lies under an intake prefix (or the other way round) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from urllib.parse import quote, unquote

from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.uploads import ObjectVersion

from .formats import FILE_TYPES, Format
from .names import encode_dataset_name

_INCOMING = re.compile(
    r"(?P<dataset>[0-9a-f]{24})/(?P<upload>[0-9a-f]{24})/(?P<n>[0-9]{1,9})/(?P<name>.+)", re.S
)
_ECHO_BYTES = 200
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IncomingKey:
    """An object that the API announced: file `n` of an upload into a dataset."""

    dataset_id: DatasetId
    upload_id: UploadId
    n: int

    def receipt_id(self, _bucket: str, _version: ObjectVersion) -> ReceiptId:
        """The identity of the upload: whatever lies at an announced place is its file."""
        return announced_receipt_id(self.upload_id, self.n)


@dataclass(frozen=True, slots=True)
class DroppedKey:
    """An object in the drop folder. `dataset_name` is None for one that lies in no dataset's folder."""

    dataset_name: str | None
    file_name: str

    def receipt_id(self, bucket: str, version: ObjectVersion) -> ReceiptId:
        """The identity of the upload that put this version of the object."""
        return dropped_receipt_id(bucket, version.key, version.etag)


@dataclass(frozen=True, slots=True)
class Layout:
    """The prefixes of one bucket, each ending in a slash."""

    incoming: str = "incoming/"
    drop: str = "drop/"
    trove: str = "trove/"
    persist: str = "persist/"
    thumbs: str = "thumbs/"
    previews: str = "previews/"
    rejected: str = "rejected/"
    exports: str = "exports/"

    def __post_init__(self) -> None:
        prefixes = {name: getattr(self, name) for name in self.__slots__}
        for name, prefix in prefixes.items():
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*/", prefix):
                raise ValueError(f"the {name} prefix {prefix!r} is not a folder path that ends in a slash")
        for (one, first), (other, second) in combinations(prefixes.items(), 2):
            if first.startswith(second) or second.startswith(first):
                raise ValueError(
                    f"the {one} prefix {first!r} and the {other} prefix {second!r} overlap: "
                    "what the system writes must never lie where it takes in"
                )

    @property
    def intake(self) -> tuple[str, ...]:
        """The prefixes whose objects raise events."""
        return (self.incoming, self.drop)

    def incoming_key(self, dataset_id: DatasetId, upload_id: UploadId, n: int, name: str) -> ObjectKey:
        """Where file `n` of an upload is put. The receipt holds the true name; the key only echoes it."""
        echo = _echo(quote(name, safe=" ()+,;=@~"))
        return ObjectKey(f"{self.incoming}{dataset_id}/{upload_id}/{n}/{echo}")

    def parse(self, key: ObjectKey) -> IncomingKey | DroppedKey | None:
        """What an intake key says; None for a folder marker or a key outside the intake.

        In the drop folder the first folder is the dataset's name, letter for letter; only a slash,
        which a folder cannot hold, is written `%2F`.
        """
        if key.endswith("/"):
            return None
        if key.startswith(self.incoming):
            match = _INCOMING.fullmatch(key[len(self.incoming) :])
            if match is None:
                return None
            return IncomingKey(DatasetId(match["dataset"]), UploadId(match["upload"]), int(match["n"]))
        if key.startswith(self.drop):
            folder, slash, rest = key[len(self.drop) :].partition("/")
            if not slash:
                return DroppedKey(None, folder)
            return DroppedKey(_ENCODED_SLASH.sub("/", folder), rest.rsplit("/", 1)[-1])
        return None

    def drop_key(self, dataset_name: str, path: str) -> ObjectKey:
        """Where to drop a file so that it lands in the dataset of this name."""
        return ObjectKey(f"{self.drop}{dataset_name.replace('/', '%2F')}/{path}")

    def trove_folder(self, dataset_name: str) -> str:
        """The prefix of a dataset's mirror."""
        return f"{self.trove}{encode_dataset_name(dataset_name)}/"

    def trove_key(self, dataset_name: str, image_name: str) -> ObjectKey:
        """Where an image's mirror copy lies."""
        return ObjectKey(self.trove_folder(dataset_name) + image_name)

    def parse_trove(self, key: ObjectKey) -> tuple[str, str] | None:
        """The dataset's and the image's name of a trove key; None if no image's copy can lie there."""
        folder, slash, name = key.removeprefix(self.trove).partition("/")
        dataset_name = unquote(folder, errors="replace")
        if not slash or self.trove_key(dataset_name, name) != key:
            return None
        return dataset_name, name

    def thumbnail_key(self, dataset_id: DatasetId, image_id: ImageId) -> ObjectKey:
        """Where an image's thumbnail lies."""
        return ObjectKey(f"{self.thumbs}{dataset_id}/{image_id}.jpg")

    def preview_key(self, dataset_id: DatasetId, image_id: ImageId) -> ObjectKey:
        """Where the preview of an image lies that browsers cannot show."""
        return ObjectKey(f"{self.previews}{dataset_id}/{image_id}.jpg")

    def shown_keys(
        self, dataset_id: DatasetId, image_id: ImageId, image_format: Format | None = None
    ) -> list[ObjectKey]:
        """Whatever may be there to look at instead of an image, of any format if none is given."""
        keys = [self.thumbnail_key(dataset_id, image_id)]
        if image_format is None or not FILE_TYPES[image_format].shown_by_browsers:
            keys.append(self.preview_key(dataset_id, image_id))
        return keys

    def persist_key(self, file_id: str, name: str) -> ObjectKey:
        """Where the embedded persist store keeps a file.

        The name is the secret part of a URL: a listing shows a digest of it. The name being 256
        random bits, nothing need be added before it is hashed.
        """
        return ObjectKey(f"{self.persist}{file_id}/{sha256(name.encode()).hexdigest()}")

    def persist_keys(self, file_id: str, name: str) -> tuple[ObjectKey, ...]:
        """Where a file may lie: releases before the digest kept it under its name."""
        return (self.persist_key(file_id, name), ObjectKey(f"{self.persist}{file_id}/{name}"))

    def rejected_key(self, receipt_id: ReceiptId, source_key: ObjectKey) -> ObjectKey:
        """Where a rejected original is kept."""
        echo = _echo(source_key.rsplit("/", 1)[-1])
        return ObjectKey(f"{self.rejected}{receipt_id}/{echo}")


def announced_receipt_id(upload_id: UploadId, n: int) -> ReceiptId:
    """The identity of an announced upload: its place, which takes one file."""
    return _digest("incoming", upload_id, str(n))


def dropped_receipt_id(bucket: str, key: ObjectKey, etag: str) -> ReceiptId:
    """The identity of a dropped file: bucket, key and content.

    The ETag stands for the content: a version id would change with every put of the same bytes.
    """
    return _digest("drop", bucket, key, etag.strip('"'))


def _echo(name: str) -> str:
    """A file's name for those who look into the bucket: short, and no `..` that a server resolves."""
    end = name.encode()[-_ECHO_BYTES:].decode(errors="ignore")
    return end if end.strip(".") else "unnamed"


def _digest(*parts: str) -> ReceiptId:
    return ReceiptId(sha256("\0".join(parts).encode()).hexdigest()[:32])
