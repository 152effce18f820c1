"""Dropped files that wait for their turn are seen as pending, and become what they would have become."""

from __future__ import annotations

from chalicelib.domain.datasets import NotStored
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import ReceiptState
from chalicelib.services.sweep.run import SweepOrder

from .world import World, a_photo, assert_whole


def counts(world: World) -> dict[str, tuple[int, NotStored]]:
    """Of each dataset its images, and its files that are none."""
    rows = world.services.browse.datasets(PageRequest()).rows
    return {row.dataset.name: (row.totals.images, row.not_stored) for row in rows}


def test_they_are_pending_until_they_are_images() -> None:
    world = World()
    versions = [world.drop(f"cards/{n}.jpg", a_photo(n)) for n in range(3)]
    world.services.claims.announce_drops([*versions, world.put("incoming/x", b"not a drop")])
    assert counts(world) == {"cards": (0, NotStored(pending=3))}
    for version in versions:
        world.ingest(version)
    assert counts(world) == {"cards": (3, NotStored())}
    assert [image.name for image in world.images()] == ["0.jpg", "1.jpg", "2.jpg"]


def test_what_has_begun_or_ended_stays_as_it_is() -> None:
    world = World()
    version = world.drop("cards/a.jpg", a_photo(1))
    world.ingest(version)
    world.services.claims.announce_drops([version])
    assert counts(world) == {"cards": (1, NotStored())}
    assert_whole(world)


def test_one_that_is_removed_while_it_waits_ends_as_a_rejection() -> None:
    world = World()
    version = world.drop("cards/a.jpg", a_photo(1))
    world.services.claims.announce_drops([version])
    world.ports.store.delete([ObjectKey(version.key)])
    world.clock.advance(3600)
    world.services.sweep.run(SweepOrder())
    assert counts(world) == {"cards": (0, NotStored(rejected=1))}
    receipts = world.services.receipts.page(None, [ReceiptState.REJECTED], PageRequest())
    assert receipts.rows[0].reason == "a.jpg: it was removed or replaced before it could be ingested"


def test_a_file_that_can_name_no_dataset_is_pending_for_nobody() -> None:
    world = World()
    world.services.claims.announce_drops([world.drop("a.jpg", a_photo(1))])
    assert counts(world) == {}
    assert len(world.services.receipts.page(None, [ReceiptState.EXPECTED], PageRequest()).rows) == 1
