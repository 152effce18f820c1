"""The CPython that AWS runs the functions on, wherever this machine has one; tests of the zip use it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from infra.runtime import LAMBDA_RUNTIME, PYTHON

MISSING = f"no CPython {PYTHON} on this machine, which the functions run on"


def find_function_python(environment: Mapping[str, str], running: Path = Path(sys.executable)) -> Path | None:
    """A CPython of the functions' version: `running`, one on `PATH`, or one of pyenv's, the newest first.

    pyenv's are looked for under `PYENV_ROOT`, or in `~/.pyenv`.
    """
    return next(filter(_is_the_functions, (running, *_installed(environment))), None)


def not_run(reasons: Iterable[str]) -> str:
    """What the last lines of a run say of tests that were skipped for want of that Python, if any were."""
    count = sum(MISSING in reason for reason in reasons)
    return f"NOT RUN: {count} tests of the package, there is {MISSING}" if count else ""


def _installed(environment: Mapping[str, str]) -> Iterator[Path]:
    if on_path := shutil.which(LAMBDA_RUNTIME, path=environment.get("PATH")):
        yield Path(on_path)
    root = Path(environment.get("PYENV_ROOT") or Path(environment.get("HOME", "/")) / ".pyenv")
    installed = root.glob(f"versions/{PYTHON}.*/bin/{LAMBDA_RUNTIME}")
    yield from sorted(installed, key=lambda python: _patch(python.parents[1].name), reverse=True)


def _patch(version: str) -> int:
    """The last part of a version such as `3.13.10`; of one that is no release, such as `3.13.0t`, -1."""
    last = version.removeprefix(f"{PYTHON}.")
    return int(last) if last.isdecimal() else -1


def _is_the_functions(python: Path) -> bool:
    """Whether it runs, which a shim of pyenv may not, and is what it is called."""
    ask = "import sys; print(sys.implementation.name, *sys.version_info[:2], sys.abiflags)"
    try:
        done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, timeout=30)
    except OSError:
        return False
    return done.stdout.split() == ["cpython", *PYTHON.split(".")]
