"""Datasets and their totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.ids import DatasetId, UploadId


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of images; `first_upload` is the create request that made it, if one did."""

    id: DatasetId
    name: str
    created_by: str
    created_at: datetime
    first_upload: UploadId | None = None


@dataclass(frozen=True, slots=True)
class DatasetTotals:
    """What a dataset holds, summed over its counters.

    `modified_at` is None while nothing was added or removed since it was created.
    """

    images: int = 0
    bytes: int = 0
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotStored:
    """A dataset's files that are no images: `pending` ones may become some, `rejected` ones will not."""

    pending: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A dataset with its totals: one row of the dataset list."""

    dataset: Dataset
    totals: DatasetTotals
    not_stored: NotStored = NotStored()

    @property
    def modified_at(self) -> datetime:
        """When images were last added or removed, else when the dataset was created."""
        return self.totals.modified_at or self.dataset.created_at
