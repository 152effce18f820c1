"""Totals that differ from their images."""

from __future__ import annotations

from chalicelib.domain.leftovers import Drift
from tests.unit.services.sweep.sweeping import assert_nothing_left, sweep
from tests.unit.services.world import World, a_photo


def test_totals_that_differ_from_a_recount_are_corrected(world: World) -> None:
    world.ingest(world.drop("cards/front.jpg", a_photo()))
    dataset = world.dataset()
    world.ports.state.missing[dataset.id] = Drift(1, 7)
    assert world.ports.datasets.totals(dataset.id).images == 0
    (check,) = sweep(world).values()
    assert check.samples[0].problem == "+1 images and +7 bytes are missing from its totals"
    assert world.ports.datasets.totals(dataset.id).images == 1
    assert_nothing_left(world)
