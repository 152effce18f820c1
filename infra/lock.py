"""The locks: every package as one version by its hashes, compiled by uv (`make lock`).

`requirements/*.in` say what is used and why; the `.txt` beside each is the lock:

- `function.txt`: what ships, resolved for the function's runtime alone;
- `dev.txt`: the environment of `make run`, `test` and `package`, on every Python that may run it,
  with what ships in the very versions that ship;
- `bench.txt`: that and the peers of `make bench`;
- `installer.txt`: uv, which installs the others;
- `lambda-runtime.txt`: what AWS's runtime brings along, beside which tests run the package.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement

from infra.runtime import PYTHON, UV_PLATFORM, run, uv

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCK = REQUIREMENTS / "function.txt"
DEV_LOCK = REQUIREMENTS / "dev.txt"
BENCH_LOCK = REQUIREMENTS / "bench.txt"
INSTALLER_LOCK = REQUIREMENTS / "installer.txt"
RUNTIME_LOCK = REQUIREMENTS / "lambda-runtime.txt"
LOCKS = (LOCK, DEV_LOCK, BENCH_LOCK, INSTALLER_LOCK, RUNTIME_LOCK)

LEFT_OUT = {
    "scipy": "imagehash asks for it, and imports it only inside phash(); ours is numpy's (120 MB saved)",
    "pywavelets": "imagehash asks for it, and imports it only inside whash() (10 MB saved)",
}
"""Packages that the resolver finds and that do not ship, each with the reason."""

_FOR_THE_RUNTIME = (f"--python-version={PYTHON}", f"--python-platform={UV_PLATFORM}")
_FOR_THE_FUNCTION = (*_FOR_THE_RUNTIME, *(f"--no-emit-package={name}" for name in LEFT_OUT))
SUPPORTED = ("3.11", "3.12", "3.13")
_FOR_EVERY_PYTHON = ("--universal", f"--python-version={SUPPORTED[0]}")
_COMPILED: Mapping[Path, tuple[str, ...]] = {
    LOCK: _FOR_THE_FUNCTION,
    DEV_LOCK: (*_FOR_EVERY_PYTHON, f"--constraint={LOCK.relative_to(ROOT)}"),
    BENCH_LOCK: (*_FOR_EVERY_PYTHON, f"--constraint={DEV_LOCK.relative_to(ROOT)}"),
    INSTALLER_LOCK: (*_FOR_EVERY_PYTHON, f"--constraint={DEV_LOCK.relative_to(ROOT)}"),
    RUNTIME_LOCK: (*_FOR_THE_RUNTIME, f"--constraint={DEV_LOCK.relative_to(ROOT)}"),
}
"""How each lock is compiled, in an order in which each is constrained by one before it."""
_LINE = re.compile(r"^(?![#\s-])(.+?)\s*\\?$", re.M)


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(text: str) -> list[Requirement]:
    """What a lock, or a `.in` file, names: each line without its hashes and its comment."""
    return [Requirement(line.split("  #")[0]) for line in _LINE.findall(text)]


def pins(text: str, environment: dict[str, str] | None = None) -> dict[str, str]:
    """The exact versions that a lock gives one Python, by canonical name.

    `environment` holds the markers' variables (`python_full_version`, …) that differ from this Python's.
    """
    return {
        canonical(entry.name): str(entry.specifier).removeprefix("==")
        for entry in entries(text)
        if entry.marker is None or entry.marker.evaluate(environment)
    }


def compile_locks(keep: bool) -> None:
    """Compile every lock; `keep` leaves the versions that still fit, else each becomes the newest."""
    for lock, options in _COMPILED.items():
        run(
            [
                *(uv(), "pip", "compile", "--quiet", "--generate-hashes", "--only-binary=:all:"),
                *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command=make lock"),
                *(() if keep else ("--upgrade",)),
                *options,
                f"--output-file={lock.relative_to(ROOT)}",
                str(lock.with_suffix(".in").relative_to(ROOT)),
            ],
            folder=ROOT,
        )
        for python in SUPPORTED if lock != LOCK else (PYTHON,):
            check_wheels(lock, python)
        print(f"{lock.relative_to(ROOT)}: {len(pins(lock.read_text()))} packages")


def check_wheels(lock: Path, python: str) -> None:
    """See that a Python can install a lock on Linux from wheels alone: resolving for all Pythons does not.

    Raises:
        SystemExit: a package has no wheel for it; the message names it.
    """
    with tempfile.TemporaryDirectory() as empty:
        run([*(uv(), "pip", "install", "--quiet", "--dry-run", "--no-deps", "--require-hashes"),
             *("--only-binary=:all:", f"--python-version={python}", f"--python-platform={UV_PLATFORM}"),
             f"--python={sys.executable}", f"--target={empty}", f"--requirements={lock}"])  # fmt: skip


def main() -> None:
    """Renew the locks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="only take up what is new in the .in files")
    compile_locks(parser.parse_args().keep)
    print(f"What changed: git diff --stat {REQUIREMENTS.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
