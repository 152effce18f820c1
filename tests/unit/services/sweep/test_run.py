"""The sweep does what it was ordered, as far as it can, and touches nothing else."""

from __future__ import annotations

import itertools
from contextlib import suppress

import pytest

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.leftovers import Drift
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash, When
from tests.unit.services.sweep.sweeping import ALL, LOOK, assert_nothing_left, sweep
from tests.unit.services.world import World, a_photo

WHEN: list[When] = ["before", "after"]


def test_a_dry_run_tells_and_changes_nothing(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    before = world.objects("")
    (check,) = sweep(world, LOOK).values()
    assert (check.found, check.repaired, check.left) == (1, 0, 1)
    assert [(sample.subject, sample.problem) for sample in check.samples] == [
        ("drop/cards/front.jpg", "has no receipt")
    ]
    assert world.objects("") == before
    assert world.receipts() == []


def test_what_one_check_cannot_do_keeps_none_of_the_others_from_working(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    world.ports.leftovers.fail_next("retired")
    world.ports.leftovers.fail_next("backlog")
    report = world.services.sweep.run(SweepOrder(exclusive=True))
    assert report.checks[0].fault == "TransientFault: leftovers: retired was told to fail"
    assert report.backlog is None
    assert len(world.images()) in (0, 1)
    assert not report.is_complete


def test_no_more_is_repaired_than_was_ordered_and_the_next_sweep_goes_on(world: World) -> None:
    for n in range(5):
        world.drop(f"cards/{n}.jpg", a_photo(n))
    (check,) = sweep(world, SweepOrder(exclusive=True, max_repairs=2)).values()
    assert (check.found, check.repaired, check.left) == (5, 2, 3)
    sweep(world)
    assert len(world.images()) == 5
    assert_nothing_left(world)


def test_after_its_time_a_sweep_begins_nothing_more(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    (check,) = sweep(world, SweepOrder(exclusive=True, seconds=0)).values()
    assert (check.repaired, check.left) == (0, 1)


@pytest.mark.parametrize("when", WHEN)
def test_a_sweep_that_is_killed_at_any_step_leaves_the_rest_to_the_next_one(when: When) -> None:
    for step in itertools.count():
        faults = OneLife()
        world = a_mess(faults)
        faults.begin_again()
        faults.crash_at_call(step, when)
        with suppress(Crash):
            world.services.sweep.run(ALL)
        if not faults.is_dead:
            break
        faults.begin_again()
        world.services.sweep.take_over()
        for _ in range(3):
            sweep(world)
        assert_nothing_left(world, deleted=1)
        assert [image.name for image in world.images()] == ["kept.jpg", "announced.jpg", "lost event.jpg"]
    assert step > 20


def a_mess(faults: OneLife) -> World:
    """One leftover of each kind."""
    world = World(faults, InLine())
    world.ingest(world.drop("cards/kept.jpg", a_photo(1)))
    world.ingest(world.drop("cards/deleted.jpg", a_photo(2)))
    world.ports.store.crash_at("delete")
    with suppress(Crash):
        world.services.delete_images.delete(world.dataset().id, ["deleted.jpg"])
    faults.begin_again()
    world.ports.store.delete([ObjectKey("trove/cards/kept.jpg")])
    world.put("trove/cards/stray.jpg", b"stray")
    world.drop("cards/lost event.jpg", a_photo(3))
    world.announce("announced.jpg", a_photo(4))
    world.ports.state.missing[world.dataset().id] = Drift(1, 1)
    return world
