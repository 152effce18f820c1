"""Tests that run side by side: what must stay together does."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from testing.ports import BLOCK, take_block
from tests.side_by_side import (
    ONE_BY_ONE,
    SHARED_STACK,
    STACK_OF_ONE_MODULE,
    check_groups,
    group_of,
    turn_of,
)

ROOT = Path(__file__).parents[2]
RUNTIME = "tests/integration/infra/runtime"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/e2e/test_roles.py::a", "tests/e2e/security/test_live_attacks.py::b", True),
        ("tests/e2e/test_roles.py::a", "tests/e2e/security/test_privacy.py::b", False),
        ("tests/e2e/test_roles.py::a", "tests/e2e/newcomer/test_s3_clients.py::b", False),
        ("tests/e2e/newcomer/test_drop_folder.py::a", "tests/e2e/newcomer/test_s3_clients.py::b", True),
        ("tests/e2e/test_restart.py::a", "tests/e2e/test_restart.py::b", False),
        (
            "tests/integration/infra/runtime/test_a.py::a",
            "tests/integration/infra/runtime/test_b.py::b",
            True,
        ),
        ("tests/integration/infra/test_package.py::a", f"{RUNTIME}/test_b.py::b", False),
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
        f"{ONE_BY_ONE[0]}::t",
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
    missing = [name for name in (*ONE_BY_ONE, STACK_OF_ONE_MODULE) if not (ROOT / name).exists()]
    assert missing == []


def test_whatever_uses_the_shared_stack_is_in_its_group() -> None:
    """Without workers, `check_groups` refuses a collection that the tables do not fit."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/e2e"]
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr


def test_no_two_who_run_tests_draw_the_same_ports() -> None:
    blocks = [take_block() for _ in range(4)]
    try:
        drawn = [port for block in blocks for port in block.ports]
        assert len(drawn) == len(set(drawn)) == 4 * BLOCK
    finally:
        for block in blocks:
            block.give_back()


def test_ports_are_free_and_come_round_again_last() -> None:
    block = take_block()
    try:
        first = block.take(10)
        with socket.create_server(("127.0.0.1", min(block.ports - set(first)))):
            second = block.take(60)
            assert not set(first) & set(second)
            assert len(set(second)) == 60
            assert min(block.ports - set(first)) not in second
    finally:
        block.give_back()


CHANGING = {"now", "time", "today", "monotonic", "uuid4", "random", "urandom", "token_hex", "token_urlsafe"}


def ids_that_change(source: str) -> list[int]:
    """The lines of `parametrize` calls whose ids another process would read differently."""
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.parametrize")
    ]
    return [call.lineno for call in calls if _changes(call) and not _has_names_of_its_own(call)]


def _changes(call: ast.Call) -> bool:
    inside = [node for values in call.args for node in ast.walk(values) if isinstance(node, ast.Call)]
    return any(ast.unparse(found.func).rpartition(".")[2] in CHANGING for found in inside)


def _has_names_of_its_own(call: ast.Call) -> bool:
    ids = [keyword.value for keyword in call.keywords if keyword.arg == "ids"]
    return bool(ids) and not (isinstance(ids[0], ast.Name) and ids[0].id in ("str", "repr"))


def test_every_worker_reads_the_same_ids_whatever_the_time() -> None:
    found = {
        str(file.relative_to(ROOT)): lines
        for file in (ROOT / "tests").rglob("test_*.py")
        if (lines := ids_that_change(file.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("decorator", "is_found"),
    [
        ("@pytest.mark.parametrize('at', [datetime.now(UTC)])", True),
        ("@pytest.mark.parametrize('claims', [{'exp': time.time() - 60}], ids=repr)", True),
        ("@pytest.mark.parametrize('claims', [{'exp': time.time() - 60}], ids=['expired'])", False),
        ("@pytest.mark.parametrize('name', ['now()'])", False),
    ],
)
def test_ids_that_hold_the_time_are_found(decorator: str, is_found: bool) -> None:
    assert bool(ids_that_change(f"{decorator}\ndef test_it() -> None: ...")) is is_found
