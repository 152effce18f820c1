"""The mirror: exactly one trove object for each image, and nothing else."""

from __future__ import annotations

import pytest

from chalicelib.domain.ids import ObjectKey
from chalicelib.services.sweep.report import Finding, Horizon
from chalicelib.services.sweep.run import SweepOrder
from tests.unit.services.sweep.sweeping import ALL, assert_nothing_left, check_named, found, sweep
from tests.unit.services.world import World, a_photo, assert_whole


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
    assert sweep(world, SweepOrder(exclusive=True)) == {}


def test_a_stray_whose_name_was_taken_since_it_was_found_is_kept(world: World) -> None:
    world.put("trove/cards/front.jpg", b"stray")
    world.clock.advance(1)
    strays = check_named("trove objects without an image", world)
    now = world.clock()
    steps = list(strays.findings(Horizon(now, now)))
    (finding,) = [step for step in steps if isinstance(step, Finding)]
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    assert finding.repair() is False
    assert_whole(world)


@pytest.mark.parametrize("way_in", ["drop", "incoming"])
@pytest.mark.parametrize("damage", ["removed", "cut off"])
def test_an_image_without_its_trove_object_gets_it_back(world: World, way_in: str, damage: str) -> None:
    """A drop still lies in its folder, an announced file only in persist."""
    key = "drop/cards/front.jpg" if way_in == "drop" else world.announce("front.jpg", a_photo()).key
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
