"""Datasets and their images."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from chalicelib.api.bodies.shared import DatasetIdText, Date, Id, NextCursor, Paged, published
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import PageRequest

Column = Literal["name", "url"]
_Sorted = Meta(description="what rows are sorted by, `-` for descending; without it: upload order")


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
