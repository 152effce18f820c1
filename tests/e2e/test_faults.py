"""Whatever is killed during an intake: every file ends once, counts are exact, trove is a mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from testing.intake_faults import Fault, Intake, kill_all, kill_one, make_files
from testing.stack import LaptopStack

FILES = 40
SCHEDULES: dict[str, list[Fault]] = {
    "the whole stack, twice": [kill_all] * 2,
    "each process alone": [kill_one("mongod"), kill_one("seaweedfs"), kill_one("worker")],
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_an_intake_survives_the_death_of(schedule: list[Fault], tmp_path: Path) -> None:
    stack = LaptopStack(tmp_path, {"NEBULA_SWEEP_SECONDS": "5"})
    try:
        stack.start()
        accounts = Intake(stack, make_files(FILES, seed=len(schedule))).run(schedule)
    finally:
        stack.stop()
    assert accounts.are_in_order, accounts
    assert (accounts.files, accounts.faults) == (FILES, len(schedule))
    assert (accounts.images, accounts.rejections) == (32, 8)
