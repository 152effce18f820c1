"""The sweep finishes what was left undone, once, and touches nothing else."""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.leftovers import Drift
from chalicelib.domain.model import ObjectKey, ReceiptState, Source, UploadSession
from chalicelib.services.claim_upload import LEASE_SECONDS
from chalicelib.services.sweep.report import CheckReport, Horizon, SweepReport
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash, When

from .world import BROKEN, World, a_photo, assert_whole

ALL = SweepOrder(deep=True, alone=True)
WHEN: list[When] = ["before", "after"]
LOOK = SweepOrder(deep=True, alone=True, dry_run=True)


@pytest.fixture
def world() -> World:
    return World()


def found(report: SweepReport) -> dict[str, CheckReport]:
    """The checks that found something, by name."""
    return {check.name: check for check in report.checks if check.found or check.fault}


def sweep(world: World, order: SweepOrder = ALL) -> dict[str, CheckReport]:
    """Sweep, a second later."""
    world.clock.advance(1)
    return found(world.services.sweep.run(order))


def assert_nothing_left(world: World, *, deleted: int = 0) -> None:
    """A sweep of a whole system finds nothing, and changes nothing."""
    before = world.objects("")
    assert sweep(world) == {}
    assert world.objects("") == before
    assert_whole(world, deleted=deleted)


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


def test_bytes_that_never_came_end_as_a_rejection_after_an_hour(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False)
    assert sweep(world) == {}
    world.clock.advance(3600)
    sweep(world)
    assert world.receipt(receipt).state is ReceiptState.REJECTED
    assert world.receipt(receipt).reason == (
        "front.jpg: it did not arrive: the request that carried it was cut off"
    )


def test_bytes_that_come_after_all_begin_the_upload_anew(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False)
    world.clock.advance(3600)
    sweep(world)
    world.ingest(world.put(receipt.key, a_photo()))
    assert world.receipt(receipt).state is ReceiptState.STORED
    assert_nothing_left(world)


def test_a_sessions_files_are_awaited_until_it_expires(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False, source=Source.SESSION)
    assert receipt.upload_id is not None
    expiry = world.clock() + timedelta(days=7)
    world.ports.sessions.open(
        UploadSession(receipt.upload_id, world.dataset().id, "vedant", world.clock(), expiry)
    )
    world.clock.advance(6 * 24 * 3600)
    assert sweep(world) == {}
    world.clock.advance(24 * 3600)
    sweep(world)
    assert world.receipt(receipt).reason == (
        "front.jpg: it was not uploaded before its upload session expired"
    )


def test_a_file_that_was_removed_before_it_was_ingested_ends_as_a_rejection(world: World) -> None:
    version = world.drop("cards/front.jpg", a_photo())
    world.ports.persist.fail_next()
    with suppress(TransientFault):
        world.ingest(version)
    world.ports.store.delete([version.key])
    assert len(sweep(world)) == 1
    (receipt,) = world.receipts()
    assert receipt.reason == "front.jpg: it was removed or replaced before it could be ingested"
    sweep(world)
    assert world.ports.state.entries == {}
    assert world.objects("thumbs/") == {}
    assert sweep(world) == {}


def test_names_and_copies_of_uploads_that_ended_otherwise_are_released(world: World) -> None:
    faults = OneLife()
    world = World(faults, InLine())
    version = world.drop("cards/front.jpg", a_photo())
    world.ports.images.crash_at("record")
    with pytest.raises(Crash):
        world.ingest(version)
    faults.begin_again()
    world.ports.store.delete([version.key])
    assert list(world.objects("trove/")) == ["trove/cards/front.jpg"]
    world.services.sweep.take_over()
    for _ in range(2):
        sweep(world)
    assert world.objects("trove/") == world.objects("thumbs/") == {}
    world.ingest(world.drop("cards/other/front.jpg", a_photo(2)))
    assert [image.name for image in world.images()] == ["front.jpg"]


def test_a_name_reserved_by_an_upload_on_its_way_is_kept(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False)
    world.ports.images.reserve_name(receipt, world.dataset().id, ["front.jpg"])
    world.put("trove/cards/front.jpg", a_photo())
    assert sweep(world) == {}
    assert len(world.ports.state.entries) == 1


def test_cut_off_deletions_are_finished(world: World) -> None:
    faults = OneLife()
    world = World(faults, InLine())
    for n in range(3):
        world.ingest(world.drop(f"cards/{n}.jpg", a_photo(n)))
    world.ports.store.crash_at("delete")
    with pytest.raises(Crash):
        world.services.delete_images.delete(world.dataset().id, ["0.jpg", "2.jpg"])
    faults.begin_again()
    (check,) = sweep(world, SweepOrder(alone=True)).values()
    assert check.repaired == 2
    assert list(world.objects("trove/")) == ["trove/cards/1.jpg"]
    assert len(world.ports.state.entries) == 1
    assert sweep(world) == {}


@pytest.mark.parametrize(
    "key", ["trove/cards/stray.jpg", "trove/no%20dataset/a.jpg", "trove/car ds/a.jpg", "trove/loose"]
)
def test_trove_objects_without_an_image_go(world: World, key: str) -> None:
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    world.put(key, b"stray")
    (check,) = sweep(world).values()
    assert [sample.subject for sample in check.samples] == [key]
    assert_nothing_left(world)


def test_only_a_deep_sweep_compares_trove(world: World) -> None:
    world.put("trove/cards/stray.jpg", b"stray")
    assert sweep(world, SweepOrder(alone=True)) == {}


def test_a_stray_whose_name_was_taken_since_it_was_found_is_kept(world: World) -> None:
    world.put("trove/cards/front.jpg", b"stray")
    world.clock.advance(1)
    sweep_of_strays = world.services.sweep._deep_checks[0]
    now = world.clock()
    (finding,) = sweep_of_strays.findings(Horizon(now, now))
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    assert finding.repair() is False
    assert_whole(world)


@pytest.mark.parametrize("road", ["drop", "incoming"])
@pytest.mark.parametrize("damage", ["removed", "cut off"])
def test_an_image_without_its_trove_object_gets_it_back(world: World, road: str, damage: str) -> None:
    """A drop still lies in its folder, an announced file only in persist."""
    key = "drop/cards/front.jpg" if road == "drop" else world.announce("front.jpg", a_photo()).key
    world.ingest(world.put(key, a_photo()))
    if damage == "removed":
        world.ports.store.delete([ObjectKey("trove/cards/front.jpg")])
    else:
        world.put("trove/cards/front.jpg", a_photo()[:-1])
    (check,) = sweep(world).values()
    assert (check.found, check.repaired) == (1, 1)
    assert world.objects("trove/") == {"trove/cards/front.jpg": a_photo()}
    assert_nothing_left(world)


def test_bytes_that_are_not_the_images_are_never_restored(world: World) -> None:
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    world.ports.store.delete([ObjectKey("trove/cards/front.jpg")])
    world.put("drop/cards/front.jpg", a_photo(2))
    world.ports.persist.files.clear()
    report = found(world.services.sweep.run(ALL))
    check = report["images without their trove object"]
    assert (check.repaired, check.failed) == (0, 1)
    assert "no copy with the sha256" in check.failures[0].problem
    assert "trove/cards/front.jpg" not in world.objects("trove/")


def test_totals_that_differ_from_a_recount_are_corrected(world: World) -> None:
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    dataset = world.dataset()
    world.ports.state.missing[dataset.id] = Drift(1, 7)
    assert world.ports.datasets.totals(dataset.id).images == 0
    (check,) = sweep(world).values()
    assert check.samples[0].problem == "+1 images and +7 bytes are missing from its totals"
    assert world.ports.datasets.totals(dataset.id).images == 1
    assert_nothing_left(world)


def test_what_one_check_cannot_do_keeps_none_of_the_others_from_working(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    world.ports.leftovers.fail_next("retired")
    world.ports.leftovers.fail_next("backlog")
    report = world.services.sweep.run(SweepOrder(alone=True))
    assert report.checks[0].fault == "TransientFault: leftovers: retired was told to fail"
    assert report.backlog is None
    assert len(world.images()) in (0, 1)
    assert not report.is_complete


def test_no_more_is_repaired_than_was_ordered_and_the_next_sweep_goes_on(world: World) -> None:
    for n in range(5):
        world.drop(f"cards/{n}.jpg", a_photo(n))
    (check,) = sweep(world, SweepOrder(alone=True, max_repairs=2)).values()
    assert (check.found, check.repaired, check.left) == (5, 2, 3)
    sweep(world)
    assert len(world.images()) == 5
    assert_nothing_left(world)


def test_after_its_time_a_sweep_begins_nothing_more(world: World) -> None:
    world.drop("cards/front.jpg", a_photo())
    (check,) = sweep(world, SweepOrder(alone=True, seconds=0)).values()
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
