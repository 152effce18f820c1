"""Tests of the zip find the functions' Python where a machine has it, and say so where it has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.runtime import LAMBDA_RUNTIME, PYTHON
from tests.function_python import MISSING, find_function_python, not_run

THE_FUNCTIONS = f"echo cpython {PYTHON.replace('.', ' ')}"
OTHERS = {
    "a shim that leads nowhere": "echo pyenv: not installed >&2; exit 127",
    "free-threaded": f"{THE_FUNCTIONS} t",
    "older": "echo cpython 3 12",
    "another implementation": f"echo pypy {PYTHON.replace('.', ' ')}",
}


def a_python(folder: Path, says: str) -> Path:
    """A program that answers what is asked of a Python."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / LAMBDA_RUNTIME
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The Python that runs the tests, where it is not the functions'."""
    return a_python(tmp_path / "running", OTHERS["older"])


def test_the_running_one_is_taken_where_it_is_the_functions(tmp_path: Path) -> None:
    running = a_python(tmp_path / "running", THE_FUNCTIONS)
    other = a_python(tmp_path / "bin", THE_FUNCTIONS)

    assert find_function_python({"PATH": str(other.parent)}, running) == running


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_pyenvs_newest_is_found_behind_one_on_the_path_that_is_not_it(
    other: str, older: Path, tmp_path: Path
) -> None:
    shim = a_python(tmp_path / "shims", other)
    for patch in (9, 10, 2):
        a_python(tmp_path / ".pyenv" / "versions" / f"{PYTHON}.{patch}" / "bin", THE_FUNCTIONS)

    found = find_function_python({"PATH": str(shim.parent), "HOME": str(tmp_path)}, older)

    assert found == tmp_path / ".pyenv" / "versions" / f"{PYTHON}.10" / "bin" / LAMBDA_RUNTIME


def test_one_on_the_path_and_one_under_pyenvs_own_root_count(older: Path, tmp_path: Path) -> None:
    on_path = a_python(tmp_path / "bin", THE_FUNCTIONS)
    own = a_python(tmp_path / "own" / "versions" / f"{PYTHON}.1" / "bin", THE_FUNCTIONS)

    assert find_function_python({"PATH": str(on_path.parent), "HOME": "/nowhere"}, older) == on_path
    assert find_function_python({"PATH": "", "PYENV_ROOT": str(tmp_path / "own")}, older) == own


def test_where_there_is_none_the_run_ends_by_saying_how_many_tests_were_left_out(older: Path) -> None:
    assert find_function_python({"PATH": "", "HOME": "/nowhere"}, older) is None
    assert not_run([f"Skipped: {MISSING}", "Skipped: no browser", f"Skipped: {MISSING}"]).startswith(
        "NOT RUN: 2 tests of the package"
    )
    assert not_run(["Skipped: no browser"]) == ""
