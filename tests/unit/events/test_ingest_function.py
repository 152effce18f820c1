"""The ingest function over ports in memory: what an event leads to, and when it is to be repeated."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.model import ObjectKey, PersistedFile
from chalicelib.events.ingest import NotAllIngested
from chalicelib.ports import PersistRequest
from testing.photos import photo_jpeg
from tests.fakes.catalogue import CatalogueState
from tests.fakes.config import a_config
from tests.fakes.crashes import InLine
from tests.fakes.logbook import reading_the_log
from tests.fakes.persist import FakePersist
from tests.fakes.ports import InMemoryPorts

RECORDED = Path(__file__).parents[2] / "events" / "api_s3_put.json"


class PickyPersist(FakePersist):
    """One that fails at certain files, and notes for which invocation each other one was sent."""

    def __init__(self, state: CatalogueState) -> None:
        super().__init__()
        self.failing: dict[str, Exception] = {}
        self.owners: list[str] = []
        self._state = state

    def upload(self, request: PersistRequest) -> PersistedFile:
        if request.file_name in self.failing:
            raise self.failing[request.file_name]
        self.owners += [lease.owner for lease in self._state.leases.values()]
        return super().upload(request)


class Ports(InMemoryPorts):
    @cached_property
    def persist(self) -> PickyPersist:
        return PickyPersist(self.state)

    def drop(self, *names: str) -> dict[str, Any]:
        """Drop photos; the event that tells of them."""
        record = json.loads(RECORDED.read_text())["Records"][0]
        records = []
        for n, name in enumerate(names):
            key = ObjectKey(f"drop/a/{name}")
            self.store.put(key, photo_jpeg(n, 64, 48))
            version = self.store.objects[key].version
            told = copy.deepcopy(record)
            told["s3"]["object"] |= {"key": key, "size": version.size, "eTag": version.etag}
            records.append(told)
        return {"Records": records}

    def names(self) -> list[str]:
        """The images there are now, by name."""
        return sorted(image.name for id_ in self.state.datasets for image in self.state.live_images(id_))


@pytest.fixture
def ports() -> Iterator[Ports]:
    """What the function stands on."""
    ports = Ports()
    with bootstrap.use(bootstrap.Services(a_config(), ports, executor=InLine())):
        yield ports


def invoke(event: dict[str, Any]) -> None:
    """Call the function as Lambda does."""
    with Client(app) as client:
        assert client.lambda_.invoke("ingest", event).payload is None


def test_each_object_is_ingested_under_the_invocations_id(ports: Ports) -> None:
    invoke(ports.drop("1.jpg", "2.jpg"))

    assert ports.names() == ["1.jpg", "2.jpg"]
    assert len(ports.persist.owners) == 2
    assert len(set(ports.persist.owners)) == 1
    assert ports.persist.owners[0]


@pytest.mark.parametrize("fault", [TransientFault("persist", "503"), RuntimeError("unforeseen")])
def test_a_fault_at_one_object_keeps_no_other_out_and_repeats_the_event(
    ports: Ports, fault: Exception
) -> None:
    event = ports.drop("1.jpg", "2.jpg", "3.jpg")
    ports.persist.failing["2.jpg"] = fault

    with reading_the_log() as logbook, pytest.raises(NotAllIngested, match="1 of 3"):
        invoke(event)

    assert ports.names() == ["1.jpg", "3.jpg"]
    assert [line["key"] for line in logbook.of("ingest")] == ["drop/a/1.jpg", "drop/a/3.jpg"]
    (line,) = logbook.of("the object was not ingested")
    assert (line["key"], line["exception_name"]) == ("drop/a/2.jpg", type(fault).__name__)


def test_each_object_is_one_line_of_the_log(ports: Ports) -> None:
    event = ports.drop("1.jpg")

    with reading_the_log() as logbook:
        invoke(event)

    (line,) = logbook.lines
    assert {name: line[name] for name in ("message", "key", "state", "bytes")} == {
        "message": "ingest",
        "key": "drop/a/1.jpg",
        "state": "stored",
        "bytes": len(photo_jpeg(0, 64, 48)),
    }
    assert line["requestID"]


def test_the_test_event_does_nothing(ports: Ports) -> None:
    invoke({"Service": "Amazon S3", "Event": "s3:TestEvent"})

    assert ports.faults.calls == []
