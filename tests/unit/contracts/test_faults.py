"""The switches of the fakes: what they promise is what crash tests rest on."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import IngestInProgress, TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.new_receipts import new_image_id
from chalicelib.domain.uploads import ObjectVersion
from tests.contracts.persist_service import persist_request
from tests.contracts.rows import NOON, new_dataset, new_receipt
from tests.fakes.clock import Clock
from tests.fakes.faults import Crash, When
from tests.fakes.ports import InMemoryPorts

KEY = ObjectKey("incoming/a.jpg")


def test_a_call_fails_as_often_as_it_was_told_to_and_has_no_effect() -> None:
    ports = InMemoryPorts()
    ports.store.fail_next("put", times=2)
    for _ in range(2):
        with pytest.raises(TransientFault, match="put was told to fail"):
            ports.store.put(KEY, b"bytes")
    assert ports.store.keys() == []
    ports.store.put(KEY, b"bytes")
    assert ports.store.keys() == [KEY]


def test_an_answer_can_get_lost_after_the_effect() -> None:
    ports = InMemoryPorts()
    ports.persist.fail_next(when="after")
    with pytest.raises(TransientFault):
        ports.persist.upload(persist_request(b"bytes"))
    assert list(ports.persist.files.values()) == [b"bytes"]


@pytest.mark.parametrize(("when", "keys"), [("before", []), ("after", [KEY])])
def test_a_crash_comes_before_or_after_the_effect_and_passes_by_every_handler(
    when: When, keys: list[ObjectKey]
) -> None:
    ports = InMemoryPorts()
    ports.store.crash_at("put", when=when)
    assert not issubclass(Crash, Exception)
    with pytest.raises(Crash):
        ports.store.put(KEY, b"bytes")
    assert ports.store.keys() == keys


def test_a_crash_can_be_set_at_any_call_counted_over_all_ports() -> None:
    def two_ports_at_work(ports: InMemoryPorts) -> None:
        new_dataset(ports, "cards")
        ports.store.put(KEY, b"bytes")
        ports.store.head(KEY)

    clean = InMemoryPorts()
    two_ports_at_work(clean)
    assert clean.faults.calls == ["datasets.create", "bucket.put", "bucket.head"]
    for number, call in enumerate(clean.faults.calls):
        ports = InMemoryPorts()
        ports.faults.crash_at_call(number, when="after")
        with pytest.raises(Crash, match=call):
            two_ports_at_work(ports)
        assert ports.faults.calls == clean.faults.calls[: number + 1]


def test_what_was_planned_can_be_cleared() -> None:
    ports = InMemoryPorts()
    ports.images.fail_next("record")
    ports.faults.crash_at_call(0)
    ports.faults.clear()
    assert not ports.images.exists(new_image_id())
    assert ports.faults.calls == ["images.exists"]


def test_a_method_that_does_not_exist_cannot_be_told_to_fail() -> None:
    ports = InMemoryPorts()
    for wrong in ("recrod", "fail_next", "keys"):
        with pytest.raises(AttributeError, match=wrong):
            ports.store.fail_next(wrong)


def test_events_are_told_after_each_write_and_may_use_the_bucket() -> None:
    ports, told = InMemoryPorts(), list[ObjectVersion]()

    def on_put(version: ObjectVersion) -> None:
        told.append(version)
        if version.key == KEY:
            ports.store.copy(KEY, ObjectKey("trove/a.jpg"), etag=version.etag)

    ports.store.on_put = on_put
    ports.store.put(KEY, b"bytes")
    assert [version.key for version in told] == [KEY, "trove/a.jpg"]
    assert ports.store.keys() == [KEY, "trove/a.jpg"]


def test_leases_run_out_by_the_clock_of_the_test() -> None:
    clock = Clock(NOON)
    ports, receipt = InMemoryPorts(now=clock), new_receipt()
    ports.receipts.announce([receipt])
    ports.receipts.claim(receipt.id, "worker", 60)
    clock.advance(59)
    with pytest.raises(IngestInProgress):
        ports.receipts.claim(receipt.id, "another", 60)
    clock.advance(1)
    assert ports.receipts.claim(receipt.id, "another", 60) is not None
