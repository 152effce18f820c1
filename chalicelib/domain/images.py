"""Images: what is known of one, and what a listing shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from chalicelib.domain.formats import Format
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId


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
