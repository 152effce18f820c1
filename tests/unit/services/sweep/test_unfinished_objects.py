"""Objects in the intake that no event finished."""

from __future__ import annotations

from contextlib import suppress

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.receipts import ReceiptState
from chalicelib.services.intake.claim import LEASE_SECONDS
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash
from tests.unit.services.sweep.sweeping import ALL, assert_nothing_left, found, sweep
from tests.unit.services.world import BROKEN, World, a_photo


def test_objects_whose_events_were_lost_are_ingested(world: World) -> None:
    for n in range(3):
        world.drop(f"cards/{n}.jpg", a_photo(n))
        world.announce(f"{n}.jpg", a_photo(n + 3))
    world.drop("cards/bad.jpg", BROKEN)
    (check,) = sweep(world).values()
    assert (check.found, check.repaired) == (7, 7)
    assert len(world.images()) == 6
    assert len(world.receipts(ReceiptState.REJECTED)) == 1
    assert_nothing_left(world)


def test_young_objects_are_left_to_their_events(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    world.clock.advance(59)
    assert found(world.services.sweep.run(SweepOrder())) == {}
    world.clock.advance(1)
    assert found(world.services.sweep.run(SweepOrder()))
    assert len(world.images()) == 1


def test_an_upload_that_is_being_ingested_is_left_alone(world: World) -> None:
    receipt = world.announce("front.jpg", a_photo())
    world.ports.receipts.claim(receipt.id, "a worker", LEASE_SECONDS)
    (check,) = sweep(world).values()
    assert (check.found, check.settled) == (1, 1)
    assert world.receipt(receipt).state is ReceiptState.RECEIVED


def test_after_a_take_over_the_leases_of_the_killed_hold_nobody_up(world: World) -> None:
    receipt = world.announce("front.jpg", a_photo())
    world.ports.receipts.claim(receipt.id, "a worker that was killed", LEASE_SECONDS)
    assert world.services.sweep.take_over() == 1
    sweep(world)
    assert world.receipt(receipt).state is ReceiptState.STORED
    assert_nothing_left(world)


def test_failed_uploads_are_tried_again_and_counted_while_they_wait(world: World) -> None:
    version = world.drop("cards/front.jpg", a_photo())
    world.ports.persist.fail_next(2)
    with suppress(TransientFault):
        world.ingest(version)
    world.clock.advance(1)
    report = world.services.sweep.run(ALL)
    assert report.backlog is not None
    assert report.backlog.failed == 1
    (check,) = found(report).values()
    assert check.failures[0].problem == "TransientFault: persist: upload was told to fail"
    assert not report.is_complete
    sweep(world)
    assert_nothing_left(world)


def test_settled_files_leave_the_intake_but_not_the_drop_folder(world: World) -> None:
    faults = OneLife()
    world = World(faults, InLine())
    receipt = world.announce("front.jpg", a_photo())
    world.ports.store.crash_at("delete")
    with pytest.raises(Crash):
        world.ingest(world.version(receipt.key))
    faults.begin_again()
    world.ingest(world.drop("cards/back.jpg", a_photo(2)))
    assert len(world.objects("incoming/")) == 1
    sweep(world)
    assert world.objects("incoming/") == {}
    assert len(world.objects("drop/")) == 1
    assert_nothing_left(world)


@pytest.mark.parametrize("body", [a_photo(), BROKEN], ids=["photo", "broken"])
def test_a_file_put_again_without_an_event_is_a_new_upload(world: World, body: bytes) -> None:
    receipt = world.announce("front.jpg", BROKEN)
    world.ingest(world.version(receipt.key))
    world.clock.advance(1)
    world.put(receipt.key, body)
    sweep(world)
    assert world.receipt(receipt).state is not ReceiptState.EXPECTED
    assert_nothing_left(world)


def test_an_image_that_was_deleted_does_not_come_back(world: World) -> None:
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    world.clock.advance(1)
    world.services.delete_images.delete(world.dataset().id, ["front.jpg"])
    assert sweep(world) == {}
    assert world.images() == []
