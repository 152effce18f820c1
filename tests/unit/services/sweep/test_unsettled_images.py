"""Images that are neither there nor gone."""

from __future__ import annotations

import pytest

from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash
from tests.unit.services.sweep.sweeping import sweep
from tests.unit.services.world import World, a_photo


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
    world.services.sweep.take_over()
    (check,) = sweep(world, SweepOrder(exclusive=True)).values()
    assert check.repaired == 2
    assert list(world.objects("trove/")) == ["trove/cards/1.jpg"]
    assert len(world.ports.state.entries) == 1
    assert sweep(world) == {}
