"""Events twice, out of order and at once, on the real engines."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from chalicelib.domain.errors import IngestInProgress
from chalicelib.services.sweep.run import SweepOrder
from testing.photos import photo_jpeg

from .conftest import MakeWorld
from .engines import Ends, assert_whole


@pytest.mark.parametrize("seed", [1, 2])
def test_repeated_events_in_any_order_at_once_are_one_upload_each(make_world: MakeWorld, seed: int) -> None:
    world = make_world()
    shuffle = random.Random(seed)
    versions = [world.drop(f"cards/{n % 3}/{n // 3}.jpg", photo_jpeg(n, 64, 48)) for n in range(18)]
    versions += [world.announce(f"{n}.jpg", photo_jpeg(100 + n, 64, 48)) for n in range(6)]
    versions += [world.drop(f"cards/broken {n}.jpg", bytes([n]) * 100) for n in range(6)]
    events = versions * 3
    shuffle.shuffle(events)

    def deliver(n: int) -> None:
        with suppress(IngestInProgress):
            world.ingest(events[n], f"delivery {n}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(deliver, range(len(events))))
    assert assert_whole(world) == Ends(24, 6)
    assert world.faults.calls.count("persist.upload") == 24
    assert world.sweep() == 0


def test_events_and_sweeps_at_once_do_not_double_anything(make_world: MakeWorld) -> None:
    world = make_world()
    versions = [world.drop(f"cards/{n}.jpg", photo_jpeg(n, 64, 48)) for n in range(16)]

    def deliver(n: int) -> None:
        with suppress(IngestInProgress):
            world.ingest(versions[n], f"delivery {n}")

    with ThreadPoolExecutor(8) as pool:
        sweeps = [pool.submit(world.services.sweep.run, SweepOrder(exclusive=True)) for _ in range(2)]
        list(pool.map(deliver, range(len(versions))))
        assert not [check for done in sweeps for check in done.result().checks if check.failed or check.fault]
    assert assert_whole(world) == Ends(16, 0)
    assert world.faults.calls.count("persist.upload") == 16
