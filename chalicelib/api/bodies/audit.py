"""Bodies of the audit route."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.bodies.shared import (
    DatasetIdText,
    Id,
    Moment,
    NextCursor,
    RowsRequest,
    dataset_if_named,
    published,
)
from chalicelib.domain.audit import Action
from chalicelib.domain.ids import DatasetId


class AuditRequest(RowsRequest, frozen=True, kw_only=True, rename=published):
    """Which records are asked for; without `datasetID` and `user`: all."""

    dataset_id: DatasetIdText | None = None
    user: (
        Annotated[str, Meta(min_length=1, max_length=256, pattern="^[^\\x00]*$", description="a user's name")]
        | None
    ) = None

    @property
    def dataset(self) -> DatasetId | None:
        """The dataset, if one is named."""
        return dataset_if_named(self.dataset_id)


class AuditRecordReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """One act: who, what, to what, when."""

    date: Moment
    action: Annotated[Action, Meta(description="`open` is the download of a file by its URL")]
    request_id: Annotated[str, Meta(description="names the request in the log")]
    digest: Annotated[str, Meta(description="sha256 of the record; the request's log line bears it too")]
    user: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    dataset_id: Id | UnsetType = UNSET
    names: (
        Annotated[list[str], Meta(description="of files that came in, or of images to be deleted")]
        | UnsetType
    ) = UNSET
    file: Annotated[str, Meta(description="the number in the opened file's URL")] | UnsetType = UNSET
    address: Annotated[str, Meta(description="where a request without a user came from")] | UnsetType = UNSET


class AuditReply(Struct, frozen=True, rename=published, omit_defaults=True):
    """Records, newest first."""

    records: list[AuditRecordReply]
    next_cursor: NextCursor | UnsetType = UNSET
