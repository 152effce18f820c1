"""The API's description, and where to begin."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class StartReply(Struct, frozen=True):
    """What this is, and the URLs where to begin."""

    name: str
    docs: Annotated[str, Meta(description="the API's description, for people")]
    openapi: Annotated[str, Meta(description="the same for programs, in OpenAPI")]
    health: str
