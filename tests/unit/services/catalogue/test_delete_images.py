"""Delete: at once out of sight and out of the totals, and nothing of it left behind."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chalicelib.domain.errors import DatasetNotFound
from chalicelib.domain.ids import DatasetId, ObjectKey
from chalicelib.domain.leftovers import HOLD_SECONDS
from testing.photos import photo_tiff
from tests.fakes.crashes import OneLife
from tests.fakes.faults import Crash, When
from tests.unit.services.world import World, a_photo, assert_whole


def a_world_with_photos(faults: OneLife | None = None) -> World:
    world = World(faults)
    for n in range(3):
        world.ingest(world.version(world.announce(f"{n}.jpg", a_photo(n)).key))
    if faults:
        faults.clear()
    return world


def test_deleted_images_are_gone_from_details_trove_and_thumbnails() -> None:
    world = a_world_with_photos()
    deletion = world.services.delete_images.delete(world.dataset().id, ["0.jpg", "2.jpg"])
    assert [image.name for image in deletion.details.images.rows] == ["1.jpg"]
    totals = deletion.details.summary.totals
    assert (totals.images, totals.bytes) == (1, len(a_photo(1)))
    assert list(world.objects("trove/")) == ["trove/cards/1.jpg"]
    assert len(world.objects("thumbs/")) == 1


def test_names_that_are_not_there_are_told_and_the_others_go() -> None:
    world = a_world_with_photos()
    deletion = world.services.delete_images.delete(world.dataset().id, ["9.jpg", "0.jpg", "9.jpg", "0.JPG"])
    assert deletion.not_found == ["9.jpg", "0.JPG"]
    assert [image.name for image in world.images()] == ["1.jpg", "2.jpg"]


def test_a_repeated_delete_is_harmless() -> None:
    world = a_world_with_photos()
    for not_found in ([], ["0.jpg"]):
        deletion = world.services.delete_images.delete(world.dataset().id, ["0.jpg"])
        assert deletion.not_found == not_found
        assert len(deletion.details.images.rows) == 2


def test_an_unknown_dataset_is_an_error() -> None:
    with pytest.raises(DatasetNotFound):
        World().services.delete_images.delete(DatasetId("0" * 24), ["0.jpg"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_the_repeated_call_finishes(when: When) -> None:
    faults = OneLife()
    world = a_world_with_photos(faults)
    world.services.delete_images.delete(world.dataset().id, ["0.jpg"])
    steps = len(faults.calls) - 1  # the last call is ours
    for step in range(steps):
        world = a_world_with_photos(faults := OneLife())
        dataset = world.dataset()
        faults.clear()
        faults.crash_at_call(step, when)
        with pytest.raises(Crash):
            world.services.delete_images.delete(dataset.id, ["0.jpg"])
        faults.begin_again()

        deletion = world.services.delete_images.delete(dataset.id, ["0.jpg"])

        assert [image.name for image in deletion.details.images.rows] == ["1.jpg", "2.jpg"]
        assert sorted(world.objects("trove/")) == ["trove/cards/1.jpg", "trove/cards/2.jpg"]

        # What died may still have a removal under way: only when it cannot is the name free again.
        world.clock.advance(HOLD_SECONDS)
        world.services.sweep.run()
        assert len(world.ports.state.entries) == 2


def test_a_name_is_free_only_when_its_trove_object_is_gone() -> None:
    faults = OneLife()
    world = a_world_with_photos(faults)
    world.ports.store.crash_at("delete")
    with pytest.raises(Crash):
        world.services.delete_images.delete(world.dataset().id, ["0.jpg"])
    faults.begin_again()
    world.ingest(world.drop("cards/0.jpg", a_photo(9)))
    newest = world.images()[-1]
    assert newest.name.startswith("0-")
    world.services.delete_images.delete(world.dataset().id, ["0.jpg"])
    assert world.objects("trove/")[newest.trove_key] == a_photo(9)


def test_a_slow_deletion_takes_no_newer_image_s_trove_object() -> None:
    """Two deletions of one image; the faster ends, the name is used again, then the slower goes on."""
    world = a_world_with_photos()
    dataset, deletions = world.dataset(), world.services.delete_images
    delete, late = world.ports.store.delete, []

    def slow(keys: Sequence[ObjectKey]) -> None:
        late.append(keys)
        world.ports.store.delete = delete  # type: ignore[method-assign]
        deletions.delete(dataset.id, ["0.jpg"])
        world.ingest(world.drop("cards/0.jpg", a_photo(9)))
        delete(keys)

    world.ports.store.delete = slow  # type: ignore[method-assign]
    deletions.delete(dataset.id, ["0.jpg"])
    assert late == [["trove/cards/0.jpg", late[0][1]]]
    assert_whole(world, deleted=1)


def test_a_freed_name_can_be_taken_again() -> None:
    world = a_world_with_photos()
    world.services.delete_images.delete(world.dataset().id, ["0.jpg"])
    world.ingest(world.drop("cards/0.jpg", a_photo(9)))
    assert [image.name for image in world.images()] == ["1.jpg", "2.jpg", "0.jpg"]
    assert world.objects("trove/")["trove/cards/0.jpg"] == a_photo(9)


def test_what_was_deleted_stays_deleted_and_the_rest_whole() -> None:
    world = a_world_with_photos()
    world.services.delete_images.delete(world.dataset().id, ["0.jpg", "1.jpg", "2.jpg"])
    assert world.images() == []
    assert world.objects("trove/") == world.objects("thumbs/") == {}
    world.ingest(world.drop("cards/new.jpg", a_photo(9)))
    assert [image.name for image in world.images()] == ["new.jpg"]


def test_a_deleted_tiff_takes_its_preview_along() -> None:
    world = World()
    world.ingest(world.drop("cards/scan.tif", photo_tiff(1, 64, 48)))
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    assert len(world.objects("previews/")) == 1
    assert_whole(world)

    world.services.delete_images.delete(world.dataset().id, ["scan.tif"])

    assert world.objects("previews/") == {}
