"""The runtime that everything is built for: AWS Lambda's Python 3.13 on x86_64.

It runs on Amazon Linux 2023, whose glibc is 2.34. Chalice's own packager resolves versions for the
building machine and then compiles, or silently leaves out, what has no wheel for that glibc; and it
names the building machine's Python as the runtime. So uv is told the target here, may take nothing
but wheels, and the template is told the runtime (`infra.template.with_runtime`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PYTHON = "3.13"
LAMBDA_RUNTIME = f"python{PYTHON}"
TAG = "cp" + PYTHON.replace(".", "")
"""How the tags of wheels call that Python."""
OLDEST_GLIBC_MINOR, NEWEST_GLIBC_MINOR = 17, 34
UV_PLATFORM = f"x86_64-manylinux_2_{NEWEST_GLIBC_MINOR}"
PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in range(OLDEST_GLIBC_MINOR, NEWEST_GLIBC_MINOR + 1)),
)


def install(lock: Path, target: Path) -> None:
    """Install exactly the locked wheels, as the runtime takes them, into the folder `target`."""
    run([*(uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
         f"--python-version={PYTHON}", f"--python-platform={UV_PLATFORM}", "--link-mode=copy",
         f"--python={sys.executable}", f"--target={target}", f"--requirements={lock}"])  # fmt: skip


def uv() -> str:
    """The locked uv of this environment."""
    return str(Path(sys.executable).with_name("uv"))


def run(command: Sequence[str], environment: dict[str, str] | None = None, folder: Path | None = None) -> str:
    """Run a command and return what it printed.

    Raises:
        SystemExit: it failed; the message shows its output.
    """
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:4])} … failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr
