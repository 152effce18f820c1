"""Deletions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from chalicelib.api.bodies.datasets import DatasetRow, ImageRow
from chalicelib.api.bodies.shared import DatasetIdText, ImageName, published
from chalicelib.domain.ids import DatasetId


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


class DeletionReply(Struct, frozen=True, rename=published):
    """The dataset after a deletion; not wrapped in `result`, as published."""

    dataset_details: DatasetRow
    rows: list[ImageRow] = field(name="datasetDetilsRows")
    not_found: Annotated[list[str], Meta(description="Added: names that the dataset holds no image of")]
