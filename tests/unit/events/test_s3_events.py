"""S3 events as S3 and its likes write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.uploads import ObjectVersion
from chalicelib.events.s3 import object_versions

EVENTS = Path(__file__).parents[2] / "events"


def an_event(**changes: Any) -> dict[str, Any]:
    """The recorded event of one put, its object changed."""
    event: dict[str, Any] = json.loads((EVENTS / "api_s3_put.json").read_text())
    event["Records"][0]["s3"]["object"].update(changes)
    return event


def keys_of(event: dict[str, Any]) -> list[str]:
    """The keys that the event is understood to tell of."""
    return [version.key for version in object_versions(event)]


def test_a_recorded_put_is_one_object_version() -> None:
    assert object_versions(an_event()) == [
        ObjectVersion(
            key="drop/PAN Karten/a b+c(1)é%.jpg",  # type: ignore[arg-type]
            etag="d41d8cd98f00b204e9800998ecf8427e",
            size=957_235,
            at=datetime(2026, 11, 22, 18, 42, 0, 123_000, UTC),
        )
    ]


def test_every_record_counts_in_order() -> None:
    event = an_event()
    event["Records"] = [an_event(key=f"drop/a/{number}.jpg")["Records"][0] for number in range(3)]

    assert keys_of(event) == ["drop/a/0.jpg", "drop/a/1.jpg", "drop/a/2.jpg"]


def test_a_key_is_decoded_once() -> None:
    assert keys_of(an_event(key="drop/a/100%2525+%252F.jpg")) == ["drop/a/100%25 %2F.jpg"]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1))
@pytest.mark.parametrize("encode", [quote_plus, quote])
def test_whatever_the_key_it_comes_out_as_it_was(encode: Any, key: str) -> None:
    assert keys_of(an_event(key=encode(key))) == [key]


@pytest.mark.parametrize("name", ["Put", "Post", "Copy", "CompleteMultipartUpload"])
@pytest.mark.parametrize("prefix", ["", "s3:"])
def test_every_way_of_creating_an_object_counts(name: str, prefix: str) -> None:
    event = an_event()
    event["Records"][0]["eventName"] = f"{prefix}ObjectCreated:{name}"

    assert len(object_versions(event)) == 1


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "ObjectTagging:Put", "ReducedRedundancyLostObject"])
def test_what_creates_no_object_is_passed_over(name: str) -> None:
    event = an_event()
    event["Records"][0]["eventName"] = name

    assert object_versions(event) == []


def test_the_test_event_that_s3_sends_once_tells_of_nothing() -> None:
    assert object_versions({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) == []


def test_an_object_without_size_and_etag_is_still_one() -> None:
    event = an_event()
    del event["Records"][0]["s3"]["object"]["size"], event["Records"][0]["s3"]["object"]["eTag"]

    (version,) = object_versions(event)

    assert (version.size, version.etag) == (0, "")


def test_an_etag_in_quotes_is_the_same_etag() -> None:
    (version,) = object_versions(an_event(eTag='"abc"'))

    assert version.etag == "abc"


def test_a_time_in_another_zone_is_understood() -> None:
    event = an_event()
    event["Records"][0]["eventTime"] = "2026-11-22T20:42:00+02:00"

    assert object_versions(event)[0].at == datetime(2026, 11, 22, 18, 42, tzinfo=UTC)


@pytest.mark.parametrize("time", ["2026-11-22T18:42:00", "yesterday", None])
def test_a_time_that_says_no_instant_is_refused(time: str | None) -> None:
    event = an_event()
    event["Records"][0]["eventTime"] = time

    with pytest.raises(msgspec.ValidationError):
        object_versions(event)
