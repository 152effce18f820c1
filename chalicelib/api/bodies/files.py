"""The files of the embedded persist store."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class FileRequest(Struct, frozen=True, kw_only=True):
    """Path parameters of a persist download."""

    file_id: Annotated[str, Meta(description="the file's number", examples=["26936493"])]
    name: Annotated[
        str, Meta(description="the file's unguessable name: 64 hex characters, a dot, the extension")
    ]
