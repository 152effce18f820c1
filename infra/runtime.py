"""The runtime that everything is built for: AWS Lambda's Python 3.11 on x86_64.

It runs on Amazon Linux 2, whose glibc is 2.26. Chalice's own packager resolves versions for the
building machine and then compiles, or silently leaves out, what has no wheel for that glibc. So
pip is told the target here, and may take nothing but wheels.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PYTHON = "3.11"
LAMBDA_RUNTIME = "python3.11"
OLDEST_GLIBC_MINOR, NEWEST_GLIBC_MINOR = 17, 26
PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in range(OLDEST_GLIBC_MINOR, NEWEST_GLIBC_MINOR + 1)),
)
_TARGET = (
    "--only-binary=:all:",
    "--implementation=cp",
    f"--python-version={PYTHON}",
    *(f"--platform={platform}" for platform in PLATFORMS),
)


def report_install(requirements: Path, report: Path) -> None:
    """Resolve `requirements` for the runtime; pip's report of what it would install goes to `report`."""
    _pip("install", "--dry-run", "--ignore-installed", *_TARGET, f"--report={report}",
         f"--target={report.parent / 'nothing'}", f"--requirement={requirements}")  # fmt: skip


def install(lock: Path, target: Path) -> None:
    """Install exactly the locked wheels into the folder `target`."""
    _pip("install", "--no-deps", "--require-hashes", "--no-compile", *_TARGET,
         f"--target={target}", f"--requirement={lock}")  # fmt: skip


def _pip(*arguments: str) -> None:
    run([sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"])


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a command and return what it printed.

    Raises:
        SystemExit: it failed; the message shows its output.
    """
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:4])} … failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr
