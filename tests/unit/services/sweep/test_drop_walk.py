"""Objects of the drop folder that no event ever came for are found by a walk, a slice per sweep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.receipts import ReceiptState
from chalicelib.services.sweep import intake
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.object_store import InMemoryBucket, KeptObject
from tests.unit.services.sweep.sweeping import LOOK, sweep
from tests.unit.services.world import World, a_photo

SLICED = SweepOrder(grace_seconds=0)
SETTLED = 25_000


@pytest.fixture
def crowded(world: World) -> World:
    """A world whose drop folder holds two and a half slices of folder markers, which are no files."""
    fill(world, SETTLED)
    return world


def fill(world: World, count: int) -> None:
    """Put so many folder markers, which are no files, into the drop folder."""
    version = world.drop("cards/00000/", b"")
    world.ports.store.delete([version.key])
    for n in range(count):
        key = ObjectKey(f"drop/cards/{n:05d}/")
        kept = KeptObject(replace(version, key=key), b"", {}, "", None)
        world.ports.store.objects[key] = kept


def lost(world: World, n: int) -> None:
    """A photo behind so many objects, of which no event ever told."""
    world.drop(f"cards/{n:05d}/lost.jpg", a_photo(n))


def test_a_sweep_looks_at_a_slice_and_the_next_one_goes_on_behind_it(crowded: World) -> None:
    for n in (100, 12_000, 23_000):
        lost(crowded, n)
    images = []
    for _ in range(3):
        sweep(crowded, SLICED)
        images.append(len(crowded.images()))
    assert images == [1, 2, 3]


def test_a_sweep_reads_no_more_than_its_slice(crowded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    listing = InMemoryBucket.list

    def noting(self: InMemoryBucket, prefix: str, after: str = "") -> object:
        for version in listing(self, prefix, after):
            read.append(version.key)
            yield version

    monkeypatch.setattr(InMemoryBucket, "list", noting)
    for _ in range(4):  # the third one goes round the end
        read.clear()
        sweep(crowded, SLICED)
        assert len(set(read)) == intake.SLICE


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, intake.SLICE - 1, intake.SLICE])
def test_a_folder_of_up_to_a_slice_is_looked_at_whole_by_every_sweep(world: World, count: int) -> None:
    fill(world, count)
    for n in range(3):
        world.drop(f"cards/{n}{'0' * n}/lost.jpg", a_photo(n))
        sweep(world, SLICED)
        assert len(world.images()) == n + 1
        world.ports.store.delete([ObjectKey(f"drop/cards/{n}{'0' * n}/lost.jpg")])


def test_a_slice_grows_with_what_is_new_so_that_the_walk_comes_round_at_any_rate(
    crowded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "WALKED_PER_NEW", 5_000)
    for n in range(3):
        crowded.ingest(crowded.drop(f"cards/new {n}.jpg", a_photo(n)))
    sweep(crowded, SLICED)
    assert crowded.ports.cursors.positions["drop"].startswith("drop/cards/14")
    crowded.clock.advance(3600)
    sweep(crowded, SLICED)
    assert crowded.ports.cursors.positions["drop"].startswith("drop/cards/24")


def test_a_whole_sweep_walks_all_round_wherever_the_last_one_ended(crowded: World) -> None:
    sweep(crowded, SLICED)
    for n in (0, 9_999, 10_000, SETTLED - 1):
        lost(crowded, n)
    sweep(crowded, replace(SLICED, whole=True))
    assert len(crowded.images()) == 4


def test_a_walk_that_was_cut_off_goes_on_where_it_was(crowded: World) -> None:
    for n in (100, 200, 12_000):
        lost(crowded, n)
    (check,) = sweep(crowded, replace(SLICED, max_repairs=1)).values()
    assert (check.repaired, check.cut_off) == (1, True)
    assert crowded.ports.cursors.get("drop") == "", "what was left lies behind the kept place"
    sweep(crowded, SLICED)
    sweep(crowded, SLICED)
    assert len(crowded.images()) == 3


def test_a_dry_run_keeps_no_place(crowded: World) -> None:
    sweep(crowded, replace(LOOK, deep=False, exclusive=False))
    assert crowded.ports.cursors.positions == {}


def test_what_was_begun_is_found_at_once_wherever_the_walk_is(crowded: World) -> None:
    sweep(crowded, SLICED)
    version = crowded.drop("cards/00001/failed.jpg", a_photo())
    crowded.ports.persist.fail_next()
    with pytest.raises(Exception, match="persist"):
        crowded.ingest(version)
    (check,) = sweep(crowded, SLICED).values()
    assert (check.name, check.repaired) == ("uploads that have not come to their end", 1)
    assert len(crowded.receipts(ReceiptState.STORED)) == 1
