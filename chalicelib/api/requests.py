"""What clients may ask: the declarations that validate requests, key for key as published.

Unknown keys are ignored on the published routes, and refused on those that Nebula added. Types are
strict: a number, a list or an operator (`{"$ne": …}`) where a string belongs is refused.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from chalicelib.api.naming import published
from chalicelib.domain.model import DatasetId
from chalicelib.domain.paging import MAX_LIMIT, Cursor, PageRequest

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
Column = Literal["name", "url"]
ImageName = Annotated[str, Meta(min_length=1, pattern="^[^\\x00]*$")]
Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT, description="rows of a page; without it: all of them")]
CursorText = Annotated[
    str, Meta(min_length=1, max_length=4096, description="the `nextCursor` of the page before")
]
Search = Annotated[
    str, Meta(max_length=500, pattern="^[^\\x00]*$", description="part of the name, in any case")
]
_Sorted = Meta(description="what rows are sorted by, `-` for descending; without it: upload order")


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


class ListRequest(Paged, frozen=True, kw_only=True):
    """Query parameters of the dataset list."""

    sort: Annotated[Literal["uploadDate", "-uploadDate", "name", "-name"], _Sorted] | None = None

    @property
    def page(self) -> PageRequest:
        """The datasets that are asked for."""
        return self.page_request(self.sort)


class DetailsRequest(Paged, frozen=True, kw_only=True, rename=published):
    """Body of the dataset details. The published key is `id`; `datasetID` is understood in its place."""

    other_names: ClassVar[dict[str, str]] = {"dataset_id": "id"}

    id: DatasetIdText | None = None
    dataset_id: DatasetIdText | None = None
    sort: (
        Annotated[Literal["uploadDate", "-uploadDate", "name", "-name", "fileSize", "-fileSize"], _Sorted]
        | None
    ) = None

    def __post_init__(self) -> None:
        if self.id is None and self.dataset_id is None:
            raise ValueError("Object missing required field `id`")

    @property
    def dataset(self) -> DatasetId:
        """The dataset that is asked for."""
        return DatasetId((self.id or self.dataset_id or "").lower())

    @property
    def page(self) -> PageRequest:
        """The images that are asked for."""
        return self.page_request(self.sort)


class DownloadRequest(Struct, frozen=True, kw_only=True, rename=published):
    """Body of the CSV download."""

    dataset_id: DatasetIdText
    columns: (
        Annotated[
            list[Column],
            Meta(min_length=1, max_length=2, description="Added: what each line holds; without it: `url`"),
        ]
        | None
    ) = None

    @property
    def dataset(self) -> DatasetId:
        """The dataset that is asked for."""
        return DatasetId(self.dataset_id.lower())


class DeleteRequest(Struct, frozen=True, kw_only=True, rename=published):
    """Body of the deletion."""

    dataset_id: DatasetIdText
    images_names: Annotated[
        list[ImageName], Meta(min_length=1, max_length=10_000, description="names of the images to delete")
    ]

    @property
    def dataset(self) -> DatasetId:
        """The dataset whose images are meant."""
        return DatasetId(self.dataset_id.lower())


class FileRequest(Struct, frozen=True, kw_only=True):
    """Path parameters of a persist download."""

    file_id: Annotated[str, Meta(description="the file's number", examples=["26936493"])]
    name: Annotated[
        str, Meta(description="the file's unguessable name: 64 hex characters, a dot, the extension")
    ]
