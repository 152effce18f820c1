"""From an S3 event to the object versions that it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import unquote_plus

import msgspec

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import ObjectVersion

_CREATED = "ObjectCreated:"


class _Object(msgspec.Struct, frozen=True):
    key: str
    size: int = 0
    etag: str = msgspec.field(name="eTag", default="")


class _S3(msgspec.Struct, frozen=True):
    object: _Object


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    event_name: str
    event_time: Annotated[datetime, msgspec.Meta(tz=True)]
    s3: _S3


class _Event(msgspec.Struct, frozen=True):
    """The part of an event that is read. A test event, which S3 sends once, has no records."""

    records: list[_Record] = msgspec.field(name="Records", default_factory=list)


def object_versions(event: Mapping[str, object]) -> list[ObjectVersion]:
    """Every object that the event says was created, in its order, keys decoded.

    Raises:
        msgspec.ValidationError: it is no S3 event.
    """
    records = msgspec.convert(event, _Event).records
    return [
        ObjectVersion(
            key=ObjectKey(unquote_plus(record.s3.object.key)),
            etag=record.s3.object.etag.strip('"'),
            size=record.s3.object.size,
            at=record.event_time,
        )
        for record in records
        if record.event_name.removeprefix("s3:").startswith(_CREATED)
    ]
