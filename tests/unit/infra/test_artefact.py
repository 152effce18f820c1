"""What may not be in a package is found there."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.artefact import FORBIDDEN

ROOT = Path(__file__).parents[3]
SHIPPED = {"chalicelib"}
FOLDERS = sorted({path.parent.name for path in ROOT.glob("*/*.py")} - SHIPPED)


def test_the_rooms_are_those_that_are_known() -> None:
    assert {"local", "infra", "testing", "tests", "benchmarks"} <= set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_room_but_the_functions_own_may_ship(folder: str) -> None:
    assert FORBIDDEN.search(f"{folder}/anything.py")
    assert not FORBIDDEN.search("chalicelib/services/intake/ingest.py")
