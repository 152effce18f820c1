"""The sweep function does what its event asks, logs a report, and fails where it could not look."""

from __future__ import annotations

import json

import pytest

from chalicelib.bootstrap import Services, use
from chalicelib.config import Config, TokenConfig
from chalicelib.domain.ids import ObjectKey
from chalicelib.events.sweep import DEEP_SECONDS, SweepNotFinished, sweep_leftovers
from chalicelib.services.sweep.report import SweepReport
from chalicelib.services.sweep.run import SweepOrder
from testing.photos import photo_jpeg
from tests.fakes.clock import Clock
from tests.fakes.ports import InMemoryPorts

CONFIG = Config("laptop", "photos", "mongodb://db.test/nebula", TokenConfig("0" * 32))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(clock: Clock) -> InMemoryPorts:
    ports = InMemoryPorts(now=clock)
    ports.store.put(ObjectKey("drop/cards/front.jpg"), photo_jpeg(1, 64, 48))
    ports.store.put(ObjectKey("trove/cards/stray.jpg"), b"stray")
    return ports


@pytest.fixture
def services(ports: InMemoryPorts, clock: Clock) -> Services:
    return Services(CONFIG, ports, clock)


def test_a_schedules_event_finishes_what_is_old_enough(
    services: Services, ports: InMemoryPorts, clock: Clock
) -> None:
    sweep_leftovers({"detail": {}, "source": "aws.events"}, services.sweep)
    assert ports.state.receipts == {}
    clock.advance(60)
    sweep_leftovers({}, services.sweep)
    assert [receipt.state for receipt in ports.state.receipts.values()] == ["stored"]
    assert ports.store.keys("trove/") == ["trove/cards/front.jpg", "trove/cards/stray.jpg"]


def test_an_event_may_ask_for_a_deep_sweep_or_a_dry_run(services: Services, ports: InMemoryPorts) -> None:
    sweep_leftovers({"detail": {"alone": True, "deep": True, "dryRun": True}}, services.sweep)
    assert ports.state.receipts == {}
    sweep_leftovers({"detail": {"alone": True, "deep": True}}, services.sweep)
    assert ports.store.keys("trove/") == ["trove/cards/front.jpg"]


def test_a_deep_sweep_has_more_time_and_ends_before_lambda_ends_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[SweepOrder] = []
    run = services.sweep.run

    def noting(order: SweepOrder | None = None) -> SweepReport:
        ordered.append(order or SweepOrder())
        return run(order)

    monkeypatch.setattr(services.sweep, "run", noting)
    sweep_leftovers({}, services.sweep)
    sweep_leftovers({"detail": {"deep": True}}, services.sweep)
    sweep_leftovers({"detail": {"whole": True}}, services.sweep)
    assert [(order.deep, order.whole) for order in ordered] == [(False, False), (True, False), (False, True)]
    assert ordered[0].seconds == ordered[2].seconds < ordered[1].seconds == DEEP_SECONDS


def test_the_report_is_json(services: Services) -> None:
    report = sweep_leftovers({"detail": {"alone": True}}, services.sweep)
    assert json.loads(json.dumps(report))["backlog"] == {"failed": 0, "oldest": None}


def test_what_could_not_even_look_is_an_error_of_the_function(
    services: Services, ports: InMemoryPorts
) -> None:
    ports.leftovers.fail_next("retired")
    with pytest.raises(SweepNotFinished, match="deletions that were cut off: TransientFault"):
        sweep_leftovers({"detail": {"alone": True}}, services.sweep)
    assert len(ports.state.receipts) == 1, "the other checks have done their work"


def test_app_has_the_function(services: Services, ports: InMemoryPorts) -> None:
    import app

    with use(services):
        app.sweep({"detail": {"alone": True}}, None)
    assert len(ports.state.receipts) == 1
