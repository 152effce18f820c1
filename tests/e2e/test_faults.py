"""Whatever is killed during an intake: every file ends once, counts are exact, trove is a mirror."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.intake_faults import Fault, Intake, kill_all, kill_one, make_files
from testing.stack import LaptopStack

FILES = 40
SCHEDULES: dict[str, list[Fault]] = {
    "the whole stack, twice": [kill_all] * 2,
    "each process alone": [kill_one("mongod"), kill_one("seaweedfs"), kill_one("worker")],
}


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[LaptopStack]:
    """A stack that sweeps often, not started yet."""
    stack = LaptopStack(tmp_path, {"NEBULA_SWEEP_SECONDS": "5"})
    yield stack
    stack.stop()


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_an_intake_survives_the_death_of(schedule: list[Fault], own_stack: LaptopStack) -> None:
    own_stack.start()
    accounts = Intake(own_stack, make_files(FILES, seed=len(schedule))).run(schedule)
    assert accounts.are_in_order, accounts
    assert (accounts.files, accounts.faults) == (FILES, len(schedule))
    assert (accounts.images, accounts.rejections) == (32, 8)
