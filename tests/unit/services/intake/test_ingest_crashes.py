"""A crash anywhere in an ingest costs nothing: the event's repetition finishes what was begun."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.uploads import ObjectVersion, Source
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash, Faults, When
from tests.unit.services.world import BROKEN, World, a_photo, assert_whole

Scenario = Callable[[World], ObjectVersion]


def dropped_photo(world: World) -> ObjectVersion:
    return world.drop("cards/in/folders/front.jpg", a_photo())


def photo_of_a_request(world: World) -> ObjectVersion:
    return world.version(world.announce("front.jpg", a_photo()).key)


def photo_of_a_session(world: World) -> ObjectVersion:
    body = a_photo()
    receipt = world.announce("front.jpg", body, source=Source.SESSION, declared_size=len(body))
    return world.version(receipt.key)


def photo_of_a_taken_name(world: World) -> ObjectVersion:
    world.ingest(world.drop("cards/one/front.jpg", a_photo(2)))
    return world.drop("cards/two/front.jpg", a_photo())


def broken_drop(world: World) -> ObjectVersion:
    return world.drop("cards/broken.jpg", BROKEN)


def broken_file_of_a_request(world: World) -> ObjectVersion:
    return world.version(world.announce("broken.jpg", BROKEN).key)


def drop_outside_every_dataset(world: World) -> ObjectVersion:
    return world.drop("loose.jpg", a_photo())


def photo_put_again_after_its_rejection(world: World) -> ObjectVersion:
    version = world.version(world.announce("broken.jpg", BROKEN, source=Source.SESSION).key)
    world.ingest(version)
    world.clock.advance(60)
    return world.put(version.key, a_photo())


def photo_for_a_persist_service_that_keys_by_name(world: World) -> ObjectVersion:
    world.ports.persist.keys_by_name = True
    return dropped_photo(world)


SCENARIOS: list[Scenario] = [
    dropped_photo,
    photo_of_a_request,
    photo_of_a_session,
    photo_of_a_taken_name,
    broken_drop,
    broken_file_of_a_request,
    drop_outside_every_dataset,
    photo_put_again_after_its_rejection,
    photo_for_a_persist_service_that_keys_by_name,
]


def calls_of_a_good_run(scenario: Scenario) -> list[str]:
    world = World(Faults(), InLine())
    version = scenario(world)
    world.ports.faults.clear()
    world.ingest(version)
    calls = list(world.ports.faults.calls)
    assert_whole(world)
    return calls


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_killed_at_any_step_the_repeated_event_leaves_one_image_or_one_rejection(
    scenario: Scenario, when: When
) -> None:
    calls = calls_of_a_good_run(scenario)
    assert len(calls) >= 4
    for step in range(len(calls)):
        faults = OneLife()
        world = World(faults, InLine())
        version = scenario(world)
        handed_over = len(world.ports.persist.uploads)
        faults.clear()
        faults.crash_at_call(step, when)
        with pytest.raises(Crash):
            world.ingest(version)
        faults.begin_again()
        noted = any(receipt.persisted for receipt in world.receipts() if receipt.key == version.key)
        handed_over_before = len(world.ports.persist.uploads)

        world.ingest_until_settled(version)

        assert_whole(world)
        if noted:
            assert len(world.ports.persist.uploads) == handed_over_before, "persist was asked again"
        assert len(world.ports.persist.uploads) <= handed_over + 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_dependencys_fault_at_any_step_is_cured_by_the_repeated_event(
    scenario: Scenario, when: When
) -> None:
    for step in range(len(calls_of_a_good_run(scenario))):
        world = World(Faults(), InLine())
        version = scenario(world)
        world.ports.faults.clear()
        world.ports.faults.fail_at_call(step, when)
        with suppress(TransientFault):
            world.ingest(version)

        world.ingest_until_settled(version)

        assert_whole(world)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_killed_again_and_again_an_upload_still_ends_once(scenario: Scenario) -> None:
    """Each attempt dies one step later than the one before."""
    faults = OneLife()
    world = World(faults, InLine())
    version = scenario(world)
    for step in range(len(calls_of_a_good_run(scenario))):
        faults.begin_again()
        faults.crash_at_call(step, "after")
        with suppress(Crash):
            world.ingest(version)
    faults.begin_again()

    world.ingest_until_settled(version)

    assert_whole(world)
