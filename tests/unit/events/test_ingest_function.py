"""The ingest function over a fake service: what an event leads to, and when it is to be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from chalicelib.domain.errors import TransientFault
from chalicelib.events.ingest import NotAllIngested
from tests.fakes.logbook import reading_the_log
from tests.fakes.services import FakeServices

RECORDED = Path(__file__).parents[2] / "events" / "api_s3_put.json"


@pytest.fixture
def services() -> Iterator[FakeServices]:
    """The services that the function calls."""
    fakes = FakeServices()
    with bootstrap.use(fakes.as_services()):
        yield fakes


def an_event_of(*keys: str) -> dict[str, Any]:
    """An event that tells of these keys, which need no encoding."""
    record = json.loads(RECORDED.read_text())["Records"][0]
    records = [json.loads(json.dumps(record)) for _ in keys]
    for copy, key in zip(records, keys, strict=True):
        copy["s3"]["object"]["key"] = key
    return {"Records": records}


def invoke(event: dict[str, Any]) -> None:
    """Call the function as Lambda does."""
    with Client(app) as client:
        assert client.lambda_.invoke("ingest", event).payload is None


def test_each_object_is_ingested_under_the_invocations_id(services: FakeServices) -> None:
    invoke(an_event_of("drop/a/1.jpg", "drop/a/2.jpg"))

    asked = [(getattr(version, "key", None), owner) for version, owner in services.ingest.asked]
    assert [key for key, _ in asked] == ["drop/a/1.jpg", "drop/a/2.jpg"]
    assert len({owner for _, owner in asked}) == 1
    assert asked[0][1]


@pytest.mark.parametrize("fault", [TransientFault("persist", "503"), RuntimeError("unforeseen")])
def test_a_fault_at_one_object_keeps_no_other_out_and_repeats_the_event(
    services: FakeServices, fault: Exception
) -> None:
    services.ingest.failing["drop/a/2.jpg"] = fault

    with reading_the_log() as logbook, pytest.raises(NotAllIngested, match="1 of 3"):
        invoke(an_event_of("drop/a/1.jpg", "drop/a/2.jpg", "drop/a/3.jpg"))

    assert len(services.ingest.asked) == 3
    assert [line["key"] for line in logbook.of("ingest")] == ["drop/a/1.jpg", "drop/a/3.jpg"]
    (line,) = logbook.of("the object was not ingested")
    assert (line["key"], line["exception_name"]) == ("drop/a/2.jpg", type(fault).__name__)


def test_each_object_is_one_line_of_the_log(services: FakeServices) -> None:
    with reading_the_log() as logbook:
        invoke(an_event_of("drop/a/1.jpg"))

    (line,) = logbook.lines
    assert {name: line[name] for name in ("message", "key", "state", "bytes")} == {
        "message": "ingest",
        "key": "drop/a/1.jpg",
        "state": "stored",
        "bytes": 957_235,
    }
    assert line["requestID"]


def test_the_test_event_does_nothing(services: FakeServices) -> None:
    invoke({"Service": "Amazon S3", "Event": "s3:TestEvent"})

    assert services.ingest.asked == []
