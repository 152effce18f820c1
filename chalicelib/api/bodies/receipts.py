"""Receipts."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.bodies.shared import (
    DatasetIdText,
    FileState,
    Moment,
    NextCursor,
    RejectionCode,
    RowsRequest,
    dataset_if_named,
    public_state,
    published,
)
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.receipts import ReceiptState


class ReceiptsRequest(RowsRequest, frozen=True, kw_only=True, rename=published):
    """Which receipts are asked for; without `datasetID` those of all datasets."""

    dataset_id: DatasetIdText | None = None
    state: (
        Annotated[
            FileState,
            Meta(description="only files in this state; `failed` ones are tried again by themselves"),
        ]
        | None
    ) = None

    @property
    def dataset(self) -> DatasetId | None:
        """The dataset, if one is named."""
        return dataset_if_named(self.dataset_id)

    @property
    def states(self) -> list[ReceiptState]:
        """The states that are asked for."""
        return [state for state in ReceiptState if self.state in (None, public_state(state))]


class RetryRequest(Struct, frozen=True, kw_only=True, rename=published, forbid_unknown_fields=True):
    """Which failed files to try again; without `datasetID` those of all datasets."""

    dataset_id: DatasetIdText | None = None

    @property
    def dataset(self) -> DatasetId | None:
        """The dataset, if one is named."""
        return dataset_if_named(self.dataset_id)


class ReceiptReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """What became of one upload of one file."""

    name: str
    source: Literal["multipart", "session", "drop"]
    state: FileState
    reason: str | None
    uploaded_by: str
    date: Moment
    dataset_id: str | UnsetType = UNSET
    image_id: str | UnsetType = UNSET
    code: RejectionCode | UnsetType = UNSET


class ReceiptsReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """Receipts in upload order."""

    receipts: list[ReceiptReply]
    next_cursor: NextCursor | UnsetType = UNSET


class RetryReply(Struct, frozen=True):
    """How many failed files were set going again; a call takes at most 1,000."""

    retried: int
    status: int
