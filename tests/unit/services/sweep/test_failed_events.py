"""Events that their queue gave up come again, as soon as a sweep sees them."""

from __future__ import annotations

from chalicelib.bootstrap import Services
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.config import a_config
from tests.fakes.ports import InMemoryPorts
from tests.unit.services.sweep.sweeping import found

NAME = "events that failed for good"


def services(ports: InMemoryPorts) -> Services:
    return Services(a_config(failed_events="https://sqs.test/failed"), ports)


def test_events_that_failed_for_good_are_fed_into_the_intake_again() -> None:
    ports = InMemoryPorts()
    ports.failed_events.events = 7
    report = services(ports).sweep.run(SweepOrder())
    assert found(report)[NAME].repaired == 1
    assert "7 events" in found(report)[NAME].samples[0].problem
    assert ports.failed_events.fed_back == 7
    assert found(services(ports).sweep.run(SweepOrder())) == {}


def test_a_dry_run_only_counts_them() -> None:
    ports = InMemoryPorts()
    ports.failed_events.events = 7
    assert found(services(ports).sweep.run(SweepOrder(dry_run=True)))[NAME].left == 1
    assert ports.failed_events.fed_back == 0


def test_a_queue_that_does_not_answer_keeps_no_other_check_from_working() -> None:
    ports = InMemoryPorts()
    ports.failed_events.fail_next("count")
    report = services(ports).sweep.run(SweepOrder())
    assert list(found(report)) == [NAME]
    assert len(report.checks) > 1


def test_where_there_is_no_such_queue_none_is_asked() -> None:
    ports = InMemoryPorts()
    ports.failed_events.events = 7
    assert found(Services(a_config(), ports).sweep.run(SweepOrder())) == {}
