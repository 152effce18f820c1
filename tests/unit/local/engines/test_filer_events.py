"""What SeaweedFS tells, in messages recorded from version 4.48."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from local.engines.filer_event import NotAFilerEvent, created_object, watched_paths
from local.functions.s3_event import CreatedObject

INTAKE = ("incoming/", "drop/")
ETAG = "0bdad38032ecc1be83acd64eacf0eafa"


def entry(name: str = "x+y ä.jpg", file_id: int = 2, etag: str | None = ETAG) -> dict[str, Any]:
    """A file as the filer describes it."""
    extended = {"Seaweed-X-Amz-ETag": b64encode(etag.encode()).decode()} if etag else {}
    return {
        "name": name,
        "chunks": [
            {"size": 22, "modified_ts_ns": 1_795_378_928_384_869_593, "fid": {"file_key": file_id}},
            {"size": 3, "modified_ts_ns": 1_795_378_928_000_000_000, "fid": {"file_key": file_id + 1}},
        ],
        "attributes": {"file_size": 25, "mtime": 1_795_378_928, "md5": b64encode(bytes(16)).decode()},
        "extended": {**extended, "X-Amz-Meta-U": "eA=="},
    }


def message(new: dict[str, Any] | None, folder: str = "drop/a b", **change: Any) -> dict[str, Any]:
    """A message of the filer about one file."""
    parent = f"/buckets/nebula/{folder}"
    content = {"new_entry": new, "new_parent_path": parent, **change} if new else change
    return {"event_type": "create", "key": f"{parent}/x", "message": content}


def told(what: dict[str, Any]) -> CreatedObject | None:
    return created_object(what, "nebula", INTAKE)


def test_a_new_file_is_a_created_object() -> None:
    assert told(message(entry())) == CreatedObject(
        "nebula", "drop/a b/x+y ä.jpg", 25, ETAG, 1_795_378_928_384_869_593
    )


def test_an_overwritten_file_is_one_too() -> None:
    assert told(message(entry(file_id=9), old_entry=entry(file_id=2))) is not None


def test_a_change_of_the_tags_alone_is_none() -> None:
    assert told(message(entry(), old_entry=entry())) is None


def test_an_empty_file_put_again_is_told_again() -> None:
    empty = {**entry(), "chunks": []}
    del empty["attributes"]["file_size"]
    created = told(message(empty, old_entry=empty))
    assert created is not None
    assert (created.size, created.at_ns) == (0, 1_795_378_928_000_000_000)


def test_a_file_moved_into_the_intake_has_its_new_name() -> None:
    moved = message(entry("new.jpg"), old_entry=entry("old.jpg", file_id=5))
    moved["key"] = "/buckets/nebula/other/old.jpg"
    created = told(moved)
    assert created is not None
    assert created.key == "drop/a b/new.jpg"


def test_a_file_that_did_not_come_by_s3_has_its_md5_as_its_etag() -> None:
    created = told(message(entry(etag=None)))
    assert created is not None
    assert created.etag == "0" * 32


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(message({**entry(), "is_directory": True}), id="folder"),
        pytest.param(message(None, old_entry=entry()), id="deleted"),
        pytest.param(message(entry(), folder=".uploads/09cbd4"), id="part of a multipart upload"),
        pytest.param(message(entry(), folder="trove/a"), id="our own output"),
        pytest.param(message(entry(), folder="dropped"), id="another folder"),
        pytest.param(
            message(entry()) | {"message": {"new_entry": entry(), "new_parent_path": "/buckets/b2/drop"}},
            id="another bucket",
        ),
    ],
)
def test_what_no_client_put_into_the_intake_is_nothing(what: dict[str, Any]) -> None:
    assert told(what) is None


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"message": None},
        {"message": {"new_entry": {"name": "x"}}},
        message({**entry(), "attributes": {}, "extended": {}}),
        message({**entry(), "extended": {"Seaweed-X-Amz-ETag": "%%%"}}),
    ],
)
def test_a_message_that_cannot_be_read_says_so(what: dict[str, Any]) -> None:
    with pytest.raises(NotAFilerEvent, match="cannot be read"):
        told(what)


def test_only_the_intake_of_the_bucket_is_watched() -> None:
    assert watched_paths("b", INTAKE) == ("/buckets/b/incoming/", "/buckets/b/drop/")
