"""A sweep ends in time whatever it looks through, and leaves nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from chalicelib.domain.ids import ObjectKey
from chalicelib.services.sweep import run
from chalicelib.services.sweep.report import Check, Checkpoint, Finding, Horizon, Step
from chalicelib.services.sweep.run import Sweep, SweepOrder
from tests.fakes.clock import utc_now
from tests.fakes.ports import InMemoryPorts
from tests.unit.services.sweep.sweeping import sweep
from tests.unit.services.world import World, a_photo


class Stopwatch:
    """A clock that stands still until somebody reads a page."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    stopwatch = Stopwatch()
    monkeypatch.setattr(run, "monotonic", stopwatch)
    return stopwatch


class EndlessListing:
    """A check that reads page after page, a second each, and finds what `found` gives on each."""

    def __init__(self, stopwatch: Stopwatch, found: int = 0) -> None:
        self.name = "endless"
        self.found = found
        self.pages = 0
        self._stopwatch = stopwatch

    def findings(self, _horizon: Horizon) -> Iterator[Step]:
        while True:
            self._stopwatch.now += 1
            self.pages += 1
            yield from [Finding("a", "b", lambda: True)] * self.found
            yield Checkpoint()


def a_sweep(*checks: Check) -> Sweep:
    return Sweep(checks=checks, deep_checks=(), leftovers=InMemoryPorts().leftovers, now=utc_now)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("found", [0, 3])
def test_a_listing_ends_when_its_time_is_up_whether_or_not_it_finds_something(
    stopwatch: Stopwatch, found: int, dry_run: bool
) -> None:
    listing = EndlessListing(stopwatch, found)
    report = a_sweep(listing).run(SweepOrder(seconds=10, dry_run=dry_run))
    assert (listing.pages, report.seconds) == (10, 10)
    assert report.checks[0].cut_off
    assert not report.is_complete


def test_no_check_takes_the_time_of_those_behind_it(stopwatch: Stopwatch) -> None:
    listings = [EndlessListing(stopwatch) for _ in range(3)]
    a_sweep(*listings).run(SweepOrder(seconds=60))
    assert [listing.pages for listing in listings] == [20, 20, 20]


def test_a_place_is_kept_when_all_that_was_found_before_it_has_been_repaired() -> None:
    repaired: list[int] = []
    kept: list[int] = []

    def repair(n: int) -> bool:
        repaired.append(n)
        return True

    class Pages:
        name = "pages"

        def findings(self, _horizon: Horizon) -> Iterator[Step]:
            for page in range(3):
                for n in range(100):
                    yield Finding("a", "b", partial(repair, page * 100 + n))
                yield Checkpoint(lambda: kept.append(len(repaired)))

    report = a_sweep(Pages()).run(SweepOrder(max_repairs=250))
    assert kept == [100, 200]
    (check,) = report.checks
    assert (check.repaired, check.cut_off) == (250, True)


def test_a_deep_sweep_that_is_cut_off_every_night_gets_through_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.sweep.missing_objects.COMPARED_AT_ONCE", 2)
    monkeypatch.setattr("chalicelib.services.sweep.stray_objects.COMPARED_AT_ONCE", 2)
    for n in range(9):
        world.ingest(world.drop(f"cards {n % 2}/{n}.jpg", a_photo(n)))
    world.ports.store.delete([ObjectKey("trove/cards%200/8.jpg"), ObjectKey("trove/cards%201/7.jpg")])
    world.put("trove/cards%201/stray.jpg", b"stray")
    for _ in range(12):  # one repair, or one page, a night
        sweep(world, SweepOrder(deep=True, grace_seconds=0, max_repairs=1))
        world.clock.advance(200)
    assert len(world.objects("trove/")) == 9
    assert "trove/cards%201/stray.jpg" not in world.objects("trove/")
