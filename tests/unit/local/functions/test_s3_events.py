"""The events that the laptop makes are those that S3 sends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.s3 import object_versions
from local.functions.s3_event import CreatedObject, object_created

EVENTS = Path(__file__).parents[3] / "events"


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return event


def shape(value: Any) -> Any:
    """What is named how, of which type; the form of strings that have one."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return "time in milliseconds"
    if isinstance(value, str) and re.fullmatch(r"[0-9A-F]{16,18}", value):
        return "hex digits"
    return type(value).__name__


@pytest.mark.parametrize("name", ["s3_put_nasty_key.json", "s3_multipart_complete.json", "s3_zero_byte.json"])
def test_an_event_made_here_looks_like_a_recorded_one_of_the_same_object(name: str) -> None:
    event = recorded(name)
    (version,) = object_versions(event)
    made = object_created(
        CreatedObject(
            "nebula-test", version.key, version.size, version.etag, int(version.at.timestamp() * 1000) * 10**6
        ),
        region="eu-central-1",
    )
    assert shape(made) == shape(event)
    (there,), (here,) = event["Records"], made["Records"]
    for part in ("eventVersion", "eventSource", "awsRegion", "eventTime", "eventName"):
        assert here[part] == there[part]
    assert here["s3"]["object"]["key"] == there["s3"]["object"]["key"]
    assert here["s3"]["bucket"]["arn"] == there["s3"]["bucket"]["arn"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("s3_put_nasty_key.json", ["drop/100% Straßen + 名前/a%20b (🙂)&='\"?#.jpg"]),
        ("s3_multipart_complete.json", ["drop/PAN Dataset/scan.tif"]),
        (
            "s3_two_records.json",
            [
                "incoming/60a615cba968f97e6ca568f1/60a615cba968f97e6ca568f2/0/front.jpg",
                "incoming/60a615cba968f97e6ca568f1/60a615cba968f97e6ca568f2/1/back side.jpg",
            ],
        ),
        ("s3_zero_byte.json", ["drop/PAN Dataset/empty.jpg"]),
        ("s3_folder_marker.json", ["drop/PAN Dataset/"]),
        ("s3_test_event.json", []),
    ],
)
def test_a_recorded_event_tells_of_its_objects(name: str, keys: list[str]) -> None:
    assert [version.key for version in object_versions(recorded(name))] == keys


@given(
    key=st.text(st.characters(codec="utf-8"), min_size=1),
    size=st.integers(0, 2**40),
    milliseconds=st.integers(0, 4 * 10**12),
)
def test_what_is_told_of_an_object_arrives_whatever_its_name(key: str, size: int, milliseconds: int) -> None:
    created = CreatedObject("b", key, size, "0bdad38032ecc1be83acd64eacf0eafa-2", milliseconds * 10**6)
    (version,) = object_versions(object_created(created))
    assert (version.key, version.size, version.etag) == (key, size, created.etag)
    assert round(version.at.timestamp() * 1000) == milliseconds
