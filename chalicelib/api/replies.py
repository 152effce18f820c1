"""The bodies of replies, key for key as published; what Nebula adds is marked so.

The slips of the published page (`datasetDetilsRows`) are kept: a running frontend reads them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from chalicelib.api.naming import published
from chalicelib.domain.paging import Page
from chalicelib.domain.rejection import RejectionKind

Id = Annotated[str, Meta(description="24 hex characters")]
Date = Annotated[str, Meta(description="YYYY-MM-DD HH:MM in the configured time zone")]
Moment = Annotated[str, Meta(description="ISO 8601, in UTC", examples=["2026-01-31T12:00:00Z"])]
Numeral = Annotated[str, Meta(description="a number, written as a string")]
RejectionCode = Annotated[
    RejectionKind,
    Meta(
        description="Added: of what kind the reason is; a fault, after which the file goes again by itself,"
        " has none"
    ),
]
NextCursor = Annotated[str, Meta(description="Added: the `cursor` of the next page, if there is one")]


def moment(at: datetime) -> str:
    """A `Moment`, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def next_cursor(page: Page[Any]) -> str | UnsetType:
    """The `nextCursor` of a page; unset on the last one."""
    return page.next_cursor.encode() if page.next_cursor else UNSET


class DatasetRow(Struct, frozen=True, rename=published):
    """A dataset with its totals."""

    unique_id: Id
    name: str
    images_count: int
    upload_date: Date
    modify_date: Date
    dataset_size: Annotated[
        str, Meta(description="of all images, in units of 1,024", examples=["  1.98MB (2.0MB)"])
    ]
    created_by: str
    pending_count: Annotated[
        int, Meta(description="Added: files announced or put that are neither images nor rejected yet")
    ]
    rejected_count: Annotated[
        int, Meta(description="Added: files that could not be taken; the receipts have the reasons")
    ]


class DatasetList(Struct, frozen=True, rename=published, omit_defaults=True):
    """Datasets, oldest first unless sorted otherwise."""

    dataset_list: list[DatasetRow]
    next_cursor: NextCursor | UnsetType = UNSET


class DatasetListReply(Struct, frozen=True):
    """The reply of the dataset list."""

    result: DatasetList


class ImageRow(Struct, frozen=True, gc=False, rename=published):
    """An image and where its bytes are. The collector need not look at rows: they hold only text."""

    unique_id: Id
    name: str
    file_size: Annotated[str, Meta(examples=["0.91MB (934.8KB)"])]
    image_size: Annotated[
        str, Meta(description="<width>x<height> of the stored pixels", examples=["3505x2480"])
    ]
    upload_date: Date
    file_type: Annotated[str, Meta(description="the name's extension in capitals", examples=["PNG", "JPG"])]
    uploaded_by: str
    url: Annotated[str, Meta(description="serves the uploaded bytes to whoever has it")]
    sha256: Annotated[str, Meta(description="Added: 64 hex characters, of the uploaded bytes")]
    image_hash: Annotated[str, Meta(description="Added: 16 hex characters, the 64-bit perceptual hash")]


class Details(Struct, frozen=True, rename=published, omit_defaults=True):
    """A dataset and its images, in upload order unless sorted otherwise."""

    dataset_details: DatasetRow
    rows: list[ImageRow] = field(name="datasetDetilsRows")
    next_cursor: NextCursor | UnsetType = UNSET


class DetailsReply(Struct, frozen=True):
    """The reply of the dataset details."""

    result: Details


class DeletionReply(Struct, frozen=True, rename=published):
    """The dataset after a deletion; not wrapped in `result`, as published."""

    dataset_details: DatasetRow
    rows: list[ImageRow] = field(name="datasetDetilsRows")
    not_found: Annotated[list[str], Meta(description="Added: names that the dataset holds no image of")]


class Failure(Struct, frozen=True, omit_defaults=True):
    """A file that did not become an image."""

    name: str
    reason: str
    code: RejectionCode | UnsetType = UNSET


class UploadReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """The reply of create and update."""

    dataset_id: Id
    success: Annotated[str, Meta(examples=["10 files uploaded."])]
    status: int
    failed_upload: Numeral
    success_upload: Numeral
    failures: Annotated[list[Failure], Meta(description="Added: which files failed, and why")] | UnsetType = (
        UNSET
    )
    pending_upload: (
        Annotated[
            str, Meta(description="Added: files not ingested yet, as a string; they arrive by themselves")
        ]
        | UnsetType
    ) = UNSET


class StartReply(Struct, frozen=True):
    """What this is, and the URLs where to begin."""

    name: str
    docs: Annotated[str, Meta(description="the API's description, for people")]
    openapi: Annotated[str, Meta(description="the same for programs, in OpenAPI")]
    health: str


class HealthReply(Struct, frozen=True):
    """The reply of the health route: whether all is well, what answers, which persist store is used."""

    status: Literal["ok", "degraded"]
    mongodb: Literal["reachable", "unreachable"]
    bucket: Literal["reachable", "unreachable"]
    persist: Literal["embedded", "http"]


class ErrorReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """The body of every error; `status` equals the HTTP status."""

    message: str
    status: int
    name: str
    request_id: Annotated[str, Meta(description="Added: names the request in the log")]
    detail: (
        Annotated[str, Meta(description="Added: the caller's mistake, where it can be named")] | UnsetType
    ) = UNSET
