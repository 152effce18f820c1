"""Tests that run side by side: what must stay together does."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from testing.ports import own_candidates
from tests.side_by_side import (
    SHARED_STACK,
    STACK_OF_ONE_MODULE,
    STACKS_OF_ONE_TEST,
    check_groups,
    group_of,
    turn_of,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/e2e/test_roles.py::a", "tests/e2e/security/test_live_attacks.py::b", True),
        ("tests/e2e/test_roles.py::a", "tests/e2e/security/test_privacy.py::b", False),
        ("tests/e2e/test_restart.py::a", "tests/e2e/test_restart.py::b", False),
        ("tests/integration/infra/test_package.py::a", "tests/integration/infra/runtime/test_x.py::b", True),
        ("tests/unit/api/routes/test_roles.py::a[x::y]", "tests/unit/api/routes/test_roles.py::b", True),
        ("tests/unit/api/routes/test_roles.py::a", "tests/unit/api/routes/test_audit.py::b", False),
    ],
)
def test_tests_stay_together_if_they_share_what_is_dear(one: str, other: str, together: bool) -> None:
    assert (group_of(one) == group_of(other)) is together


def test_what_takes_long_begins_first() -> None:
    ids = [
        "tests/unit/a.py::t",
        "tests/integration/a.py::t",
        "tests/e2e/a.py::t",
        f"{STACKS_OF_ONE_TEST[0]}::t",
    ]
    assert sorted(ids, key=turn_of) == ids[::-1]
    assert group_of(ids[2]) == SHARED_STACK


@pytest.mark.parametrize(
    ("test", "fixtures", "fits"),
    [
        ("tests/e2e/test_roles.py::a", ["admin", "stack"], True),
        ("tests/e2e/test_restart.py::a", ["stack"], False),
        ("tests/integration/infra/test_stack_on_moto.py::a", ["stack"], True),
    ],
)
def test_a_test_that_stands_in_the_wrong_table_stops_the_run(
    test: str, fixtures: list[str], fits: bool
) -> None:
    item: Any = SimpleNamespace(nodeid=test, fixturenames=fixtures)
    with nullcontext() if fits else pytest.raises(pytest.UsageError, match="shared stack"):
        check_groups([item])


def test_the_modules_that_are_named_exist() -> None:
    missing = [name for name in (*STACKS_OF_ONE_TEST, STACK_OF_ONE_MODULE) if not (ROOT / name).exists()]
    assert missing == []


def test_whatever_uses_the_shared_stack_is_in_its_group() -> None:
    """Without workers, `check_groups` refuses a collection that the tables do not fit."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/e2e", "tests/integration"]
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr


def test_no_two_workers_draw_the_same_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    for worker in range(4):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        drawn += own_candidates()
    assert len(drawn) == len(set(drawn)) > 1_000
