"""What several bodies share: names on the wire, ids, pages, moments, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import MAX_LIMIT, Cursor, Page, PageRequest
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.rejection import RejectionKind


def published(name: str) -> str:
    """`images_count` becomes `imagesCount`, `unique_id` becomes `uniqueID`."""
    first, *rest = name.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)


# The lengths are not redundant: `$` also matches before a final newline.
DatasetIdText = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{24}$",
        min_length=24,
        max_length=24,
        description="the dataset's unique id",
        examples=["60f6c0d0a968f9132ebf6b00"],
    ),
]
ImageName = Annotated[str, Meta(min_length=1, pattern="^[^\\x00]*$")]
Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT, description="rows of a page; without it: all of them")]
CursorText = Annotated[
    str, Meta(min_length=1, max_length=4096, description="the `nextCursor` of the page before")
]
Search = Annotated[
    str, Meta(max_length=500, pattern="^[^\\x00]*$", description="part of the name, in any case")
]


def dataset_if_named(text: str | None) -> DatasetId | None:
    """The dataset of an optional `datasetID`."""
    return DatasetId(text.lower()) if text else None


class Paged(Struct, frozen=True, kw_only=True):
    """Which rows are asked for; without any of these keys: all of them, oldest first."""

    limit: Limit | None = None
    cursor: CursorText | None = None
    search: Search | None = None

    def page_request(self, sort: str | None) -> PageRequest:
        """The rows that are asked for.

        Raises:
            InvalidParameters: the cursor is not one of ours.
        """
        cursor = Cursor.decode(self.cursor) if self.cursor else None
        return PageRequest(self.limit, cursor, sort or "", self.search or "")


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


class ErrorReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """The body of every error; `status` equals the HTTP status."""

    message: str
    status: int
    name: str
    request_id: Annotated[str, Meta(description="Added: names the request in the log")]
    detail: (
        Annotated[str, Meta(description="Added: the caller's mistake, where it can be named")] | UnsetType
    ) = UNSET


MAX_ROWS = 1_000

UploadIdText = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{24}$",
        min_length=24,
        max_length=24,
        description="the upload session's id",
        examples=["60f6c0d0a968f9132ebf6b01"],
    ),
]
FileState = Literal["stored", "rejected", "failed", "pending"]


class RowsRequest(Struct, frozen=True, kw_only=True):
    """Which rows of a longer list are asked for."""

    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS, description="rows of a page")] = MAX_ROWS
    cursor: CursorText | None = None

    @property
    def page(self) -> PageRequest:
        """The rows that are asked for.

        Raises:
            InvalidParameters: the cursor is not one of ours.
        """
        return PageRequest(self.limit, Cursor.decode(self.cursor) if self.cursor else None)


_PUBLIC_STATES: dict[ReceiptState, FileState] = {
    ReceiptState.EXPECTED: "pending",
    ReceiptState.RECEIVED: "pending",
    ReceiptState.STORED: "stored",
    ReceiptState.REJECTED: "rejected",
    ReceiptState.FAILED: "failed",
}


def public_state(state: ReceiptState) -> FileState:
    """A receipt's state as clients see it: whether its bytes have come makes no difference to them."""
    return _PUBLIC_STATES[state]
