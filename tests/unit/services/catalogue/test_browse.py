"""What viewers see of a dataset beside its images: how many files are on their way, how many were refused."""

from __future__ import annotations

from chalicelib.domain.datasets import NotStored
from chalicelib.domain.paging import PageRequest
from tests.unit.services.world import BROKEN, World, a_photo


def test_list_and_details_tell_how_many_files_wait_and_how_many_were_refused() -> None:
    world = World()
    world.ingest(world.drop("cards/good.jpg", a_photo(1)))
    world.ingest(world.drop("cards/bad.jpg", BROKEN))
    world.announce("on its way.jpg", a_photo(2), put=False)
    world.announce("put.jpg", a_photo(3))
    other = world.dataset("empty")

    rows = {row.dataset.name: row for row in world.services.browse.datasets(PageRequest()).rows}
    details = world.services.browse.details(rows["cards"].dataset.id, PageRequest()).summary

    assert rows["cards"].not_stored == details.not_stored == NotStored(pending=2, rejected=1)
    assert rows["empty"].not_stored == NotStored()
    assert world.services.browse.details(other.id, PageRequest()).summary.not_stored == NotStored()
    assert rows["cards"].totals.images == 1
