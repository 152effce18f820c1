"""The ingest function over ports in memory: what an event leads to, and when it is to be repeated."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.images import PersistedFile
from chalicelib.events.ingest import NotAllIngested
from chalicelib.ports.services import PersistRequest
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


def messages(*bodies: dict[str, Any] | str) -> dict[str, Any]:
    """A batch of messages with these bodies, as a queue's mapping brings it; `m0`, `m1`, … are their ids."""
    recorded = json.loads((RECORDED.parent / "sqs_s3_put.json").read_text())["Records"][0]
    return {
        "Records": [
            {**recorded, "messageId": f"m{n}", "body": body if isinstance(body, str) else json.dumps(body)}
            for n, body in enumerate(bodies)
        ]
    }


def invoke(event: dict[str, Any]) -> Any:
    """Call the function as Lambda does; its reply."""
    with Client(app) as client:
        return client.lambda_.invoke("ingest", event).payload


def failed(reply: Any) -> list[str]:
    """The messages that a reply asks for again."""
    return [item["itemIdentifier"] for item in reply["batchItemFailures"]]


def test_each_object_is_ingested_under_the_invocations_id(ports: Ports) -> None:
    assert invoke(ports.drop("1.jpg", "2.jpg")) is None

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


@pytest.mark.parametrize("as_message", [False, True], ids=["bare", "in a queue"])
def test_the_test_event_does_nothing_and_does_not_come_again(ports: Ports, as_message: bool) -> None:
    event = json.loads((RECORDED.parent / "s3_test_event.json").read_text())
    reply = invoke(messages(event) if as_message else event)

    assert ports.faults.calls == []
    assert reply is None or failed(reply) == []


def test_a_recorded_batch_of_a_queue_is_ingested_and_asked_for_no_more(ports: Ports) -> None:
    ports.store.put(ObjectKey("drop/PAN Karten/a b+c(1)é%.jpg"), photo_jpeg(1, 64, 48))
    batch = json.loads((RECORDED.parent / "sqs_s3_put.json").read_text())

    assert failed(invoke(batch)) == []
    (receipt,) = ports.state.receipts.values()
    assert receipt.key == "drop/PAN Karten/a b+c(1)é%.jpg"


def test_of_several_messages_only_those_that_failed_come_again(ports: Ports) -> None:
    events = [ports.drop(name) for name in ("1.jpg", "2.jpg", "3.jpg")]
    ports.persist.failing["2.jpg"] = TransientFault("persist", "503")

    assert failed(invoke(messages(*events))) == ["m1"]
    assert ports.names() == ["1.jpg", "3.jpg"]


def test_a_message_that_nobody_can_read_keeps_no_other_out_and_ends_where_it_alarms(ports: Ports) -> None:
    unreadable = ["no json", "[]", '{"Records": [{}]}']

    assert failed(invoke(messages(*unreadable, ports.drop("1.jpg")))) == ["m0", "m1", "m2"]
    assert ports.names() == ["1.jpg"]


def test_where_every_message_failed_the_function_fails_which_alarms_and_slows_the_queue(ports: Ports) -> None:
    event = ports.drop("1.jpg")
    ports.persist.failing["1.jpg"] = TransientFault("persist", "503")

    with pytest.raises(BatchProcessingError):
        invoke(messages(event))
