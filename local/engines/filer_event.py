"""What SeaweedFS's filer tells of a change, and which object it means.

The filer speaks of files: `/buckets/<bucket>/<key>`, not encoded. A multipart upload's parts are
files too, outside the intake; folders are entries of their own.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from local.functions.s3_event import CreatedObject

BUCKETS = "/buckets"
_ETAG = "Seaweed-X-Amz-ETag"

Entry = Mapping[str, Any]


class NotAFilerEvent(ValueError):
    """The message does not look like one of the filer's."""


def watched_paths(bucket: str, prefixes: Sequence[str]) -> tuple[str, ...]:
    """The filer's paths below which lie the keys that begin with one of `prefixes`."""
    return tuple(f"{BUCKETS}/{bucket}/{prefix}" for prefix in prefixes)


def created_object(message: Mapping[str, Any], bucket: str, prefixes: Sequence[str]) -> CreatedObject | None:
    """The object below `prefixes` whose bytes the filer's message says are new; else None.

    Raises:
        NotAFilerEvent: the message cannot be read.
    """
    try:
        change = message["message"]
        entry = change.get("new_entry")
        if not entry or entry.get("is_directory"):
            return None
        key = _key(change, entry, bucket)
        if not key.startswith(tuple(prefixes)) or _has_the_same_bytes(change.get("old_entry"), entry):
            return None
        attributes = entry["attributes"]
        return CreatedObject(
            bucket=bucket,
            key=key,
            size=int(attributes.get("file_size", 0)),
            etag=_etag(entry),
            at_ns=_time(entry),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotAFilerEvent(f"cannot be read: {type(error).__name__} {error}") from error


def _key(change: Entry, entry: Entry, bucket: str) -> str:
    """A renamed file's message is headed by its old path, so the new one is put together here."""
    path = f"{change['new_parent_path']}/{entry['name']}"
    return path.removeprefix(f"{BUCKETS}/{bucket}/")


def _has_the_same_bytes(old: Entry | None, new: Entry) -> bool:
    """Whether only the metadata changed, of which S3 tells nobody."""
    return bool(old and new.get("chunks") and _chunks(old) == _chunks(new))


def _chunks(entry: Entry) -> list[object]:
    return [chunk.get("fid") for chunk in entry.get("chunks", [])]


def _etag(entry: Entry) -> str:
    """The ETag that S3 clients see. A file that came by another way than S3 has only its MD5."""
    etag = entry.get("extended", {}).get(_ETAG)
    if etag:
        return b64decode(etag, validate=True).decode().strip('"')
    return b64decode(entry["attributes"]["md5"]).hex()


def _time(entry: Entry) -> int:
    written = [int(chunk.get("modified_ts_ns", 0)) for chunk in entry.get("chunks", [])]
    return max(written, default=0) or int(entry["attributes"]["mtime"]) * 1_000_000_000
