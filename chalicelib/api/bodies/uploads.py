"""Uploads by form."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.bodies.shared import Id, Numeral, RejectionCode, published


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
