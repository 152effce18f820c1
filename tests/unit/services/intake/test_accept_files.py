"""Create and update: each file of a request is stored, refused with its reason, or still on its way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound, InvalidName
from chalicelib.domain.new_receipts import new_upload_id
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.uploads import ObjectVersion, UploadedFile
from chalicelib.services.intake.accept_files import ABANDONED_AFTER
from tests.fakes.crashes import OneLife
from tests.fakes.faults import Crash, When
from tests.unit.services.world import BROKEN, EDITOR, World, a_photo, assert_whole


def a_world(faults: OneLife | None = None) -> World:
    """A world whose bucket tells the ingest of every object, as events do."""
    world = World(faults)

    def ingest(version: ObjectVersion) -> None:
        if version.key.startswith("incoming/"):
            world.ingest(version, f"event of {version.key}")

    world.ports.store.on_put = ingest
    return world


PHOTOS = [UploadedFile(f"{n}.jpg", a_photo(n)) for n in range(4)]


def test_a_created_dataset_shows_its_images_in_the_order_of_the_request() -> None:
    world = a_world()
    outcome = world.services.accept_files.create("cards", PHOTOS, EDITOR)
    assert (outcome.stored, outcome.failures, outcome.pending) == (4, [], 0)
    images = world.images(world.ports.datasets.get(outcome.dataset_id))
    assert [image.name for image in images] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert {image.uploaded_by for image in images} == {"vedant"}
    assert_whole(world)


def test_one_bad_file_does_not_spoil_the_others_and_its_reason_names_it() -> None:
    world = a_world()
    files = [PHOTOS[0], UploadedFile("folder\\bad.jpg", BROKEN), UploadedFile("", a_photo(7)), PHOTOS[1]]
    outcome = world.services.accept_files.create("cards", files, EDITOR)
    assert outcome.stored == 2
    assert [failure.name for failure in outcome.failures] == ["bad.jpg", ""]
    assert outcome.failures[0].reason.startswith("bad.jpg: ")
    assert outcome.failures[1].reason.endswith("/unnamed: the file name has no file name")
    assert_whole(world)


def test_files_of_one_name_are_all_kept() -> None:
    world = a_world()
    files = [UploadedFile("a/front.jpg", a_photo(1)), UploadedFile("b/front.jpg", a_photo(2))]
    assert world.services.accept_files.create("cards", files, EDITOR).stored == 2
    assert len({image.name for image in world.images()}) == 2
    assert_whole(world)


def test_what_is_not_done_in_time_is_pending_and_arrives_by_itself() -> None:
    world = World()
    outcome = world.services.accept_files.create("cards", PHOTOS, EDITOR)
    assert (outcome.stored, outcome.failures, outcome.pending) == (0, [], 4)
    for key in world.ports.store.keys("incoming/"):
        world.ingest(world.version(key))
    assert len(world.images()) == 4
    assert_whole(world)


def test_a_file_that_cannot_be_put_is_refused_so_that_its_user_sends_it_again() -> None:
    world = a_world()
    world.ports.store.fail_next("put")
    outcome = world.services.accept_files.create("cards", PHOTOS[:1], EDITOR)
    (failure,) = outcome.failures
    assert failure.reason == "0.jpg: it could not be stored (bucket: put was told to fail)"


def test_a_put_whose_answer_alone_was_lost_is_no_failure() -> None:
    for world in (World(), a_world()):
        world.ports.store.fail_next("put", when="after")
        outcome = world.services.accept_files.create("cards", PHOTOS[:1], EDITOR)
        assert (outcome.failures, outcome.stored + outcome.pending) == ([], 1)


def test_bytes_that_arrive_after_their_user_was_told_of_a_failure_are_no_image() -> None:
    world = World()
    world.ports.store.fail_next("put")
    world.services.accept_files.create("cards", PHOTOS[:1], EDITOR)
    (receipt,) = world.receipts()
    world.ingest(world.put(receipt.key, PHOTOS[0].body))
    assert world.images() == []
    assert world.objects("incoming/") == {}


@pytest.mark.parametrize("call", ["count_open", "of_upload"])
def test_no_fault_after_the_puts_becomes_an_error_that_invites_to_send_the_files_again(call: str) -> None:
    world = World()
    world.dataset()
    world.ports.receipts.fail_next(call, times=9)
    outcome = world.services.accept_files.update("cards", PHOTOS, EDITOR)
    assert (outcome.stored, outcome.failures, outcome.pending) == (0, [], 4)
    for key in world.ports.store.keys("incoming/"):
        world.ingest(world.version(key))
    assert len(world.images()) == 4


def test_a_failure_is_told_also_when_it_cannot_be_recorded() -> None:
    world = World()
    world.dataset()
    world.ports.store.fail_next("put")
    world.ports.receipts.fail_next("reject")
    world.ports.receipts.fail_next("of_upload")
    outcome = world.services.accept_files.update("cards", PHOTOS, EDITOR)
    assert ([failure.name for failure in outcome.failures], outcome.pending) == (["0.jpg"], 3)


def test_a_taken_or_impossible_name_is_refused_and_nothing_is_kept() -> None:
    world = a_world()
    world.dataset("cards")
    with pytest.raises(DatasetNameTaken):
        world.services.accept_files.create("cards", PHOTOS, EDITOR)
    with pytest.raises(InvalidName):
        world.services.accept_files.create(" ", PHOTOS, EDITOR)
    with pytest.raises(DatasetNotFound):
        world.services.accept_files.update("other", PHOTOS, EDITOR)
    assert world.receipts() == []
    assert world.objects("") == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_each_file_that_was_put_still_ends_once(when: When) -> None:
    """The process that takes the request dies; the events and the sweep do the rest."""
    for step in range(7):
        faults = OneLife()
        world = World(faults)
        dataset = world.dataset()
        faults.clear()
        faults.crash_at_call(step, when)
        with pytest.raises(Crash):
            world.services.accept_files.update(dataset.name, PHOTOS, EDITOR)
        faults.begin_again()
        put = world.ports.store.keys("incoming/")
        for key in put:
            world.ingest(world.version(key))
        assert len(world.images()) == len(put)
        expected = world.receipts(ReceiptState.EXPECTED)
        assert len(expected) in (0, len(PHOTOS) - len(put)), "announced, its bytes never came"


def test_a_create_that_came_to_nothing_gives_its_name_and_its_id_to_the_next_one() -> None:
    world = a_world()
    bad = [UploadedFile("a.heic", BROKEN), UploadedFile("b.jpg", b"")]
    in_vain = world.services.accept_files.create("cards", bad, EDITOR)
    assert (in_vain.stored, len(in_vain.failures), in_vain.pending) == (0, 2, 0)
    world.clock.advance(60)
    again = world.services.accept_files.create("cards", PHOTOS, EDITOR)
    assert (again.dataset_id, again.stored) == (in_vain.dataset_id, 4)
    assert world.ports.datasets.get(again.dataset_id).created_at == world.clock()
    with pytest.raises(DatasetNameTaken):
        world.services.accept_files.create("cards", PHOTOS, EDITOR)
    assert_whole(world)


def test_a_create_while_the_bucket_is_away_can_be_repeated() -> None:
    world = a_world()
    world.ports.store.fail_next("put")
    assert world.services.accept_files.create("cards", PHOTOS[:1], EDITOR).stored == 0
    assert world.services.accept_files.create("cards", PHOTOS[:1], EDITOR).stored == 1
    assert len(world.images()) == 1


def test_the_name_stays_taken_while_files_of_the_first_create_are_on_their_way() -> None:
    world = World()
    world.services.accept_files.create("cards", PHOTOS[:1], EDITOR)
    with pytest.raises(DatasetNameTaken):
        world.services.accept_files.create("cards", PHOTOS, EDITOR)


def test_the_name_stays_taken_once_somebody_else_has_used_the_dataset() -> None:
    uses: list[Callable[[World], object]] = [
        lambda world: world.ingest(world.drop("cards/a.jpg", a_photo(1))),
        lambda world: world.announce("a.jpg", a_photo(1), put=False),
    ]
    for use in uses:
        world = a_world()
        world.services.accept_files.create("cards", [UploadedFile("a.heic", BROKEN)], EDITOR)
        use(world)
        with pytest.raises(DatasetNameTaken):
            world.services.accept_files.create("cards", PHOTOS, EDITOR)


def test_a_name_whose_images_were_all_deleted_stays_taken() -> None:
    world = a_world()
    made = world.services.accept_files.create("cards", PHOTOS[:1], EDITOR)
    world.services.delete_images.delete(made.dataset_id, ["0.jpg"])
    with pytest.raises(DatasetNameTaken):
        world.services.accept_files.create("cards", PHOTOS, EDITOR)


def test_a_create_that_died_before_its_files_were_announced_frees_its_name_after_a_while() -> None:
    world = a_world()
    world.ports.datasets.create("cards", "vedant", world.clock(), new_upload_id())
    with pytest.raises(DatasetNameTaken):
        world.services.accept_files.create("cards", PHOTOS, EDITOR)
    world.clock.advance(ABANDONED_AFTER.total_seconds() + 1)
    assert world.services.accept_files.create("cards", PHOTOS, EDITOR).stored == 4
