"""Makes `.venv` and installs one lock into it: `python3 infra/environment.py requirements/dev.txt`.

make runs it with the machine's own Python before anything is installed, so it takes nothing but
the standard library. The pip that comes with that Python installs one version of uv by its hash;
uv installs the rest by theirs, and takes out what the lock does not name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLER = ROOT / "requirements" / "installer.txt"
OLDEST, NEWEST = (3, 11), (3, 13)
ABOUT = "about 350 MB to download, 1.3 GB on disk; half a minute on a fast line, later starts take seconds"
"""Measured from an empty cache, on two cores."""
_BIG = re.compile(r"^Downloading \S+ \(\d\d+\.\dMiB\)$")
_PIP_SETTING = re.compile(r"^(?::env:|global|install)\.(index-url|cert)='(.*)'$", re.M)
_FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def unfit(version: tuple[int, int], has_venv: bool) -> str:
    """Why a Python cannot be used and what to install, or nothing. Its version is major and minor."""
    name = "python{}.{}".format(*version)
    if not OLDEST <= version <= NEWEST:
        return (
            f"Nebula needs Python 3.11, 3.12 or 3.13; {sys.executable} is {name}.\n"
            "What to do: on Debian or Ubuntu, sudo apt install python3 python3-venv; or, with one\n"
            "elsewhere, make PYTHON=/path/to/python3.13 run"
        )
    if not has_venv:
        return (
            f"{sys.executable} cannot make virtual environments: its part `ensurepip` is missing.\n"
            f"What to do: on Debian or Ubuntu, sudo apt install {name}-venv"
        )
    return ""


def settings_for_uv(pip_says: str, environment: dict[str, str]) -> dict[str, str]:
    """The environment for uv: where pip is told of a mirror or a certificate, uv is told the same.

    `pip_says` is what `pip config list` prints; what the environment already says to uv stays.
    """
    told = {_FOR_UV[name]: value for name, value in _PIP_SETTING.findall(pip_says)}
    return {**told, **environment}


def main(lock: Path) -> None:
    """Make the environment what the lock says.

    Raises:
        SystemExit: it cannot be; the message says what to do.
    """
    problem = unfit(sys.version_info[:2], _has_venv())
    if problem:
        raise SystemExit(problem)
    began, first = time.monotonic(), not _works()
    name = lock.relative_to(ROOT)
    if first:
        _say(f"Setting up .venv from {name}, once: {ABOUT} …")
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(VENV)])
    else:
        _say(f"Bringing .venv to {name} …")
    pip = [str(PYTHON), "-m", "pip"]
    _run([*pip, "install", "-qq", "--disable-pip-version-check", "--require-hashes", "--no-deps",
          "--only-binary=:all:", "-r", str(INSTALLER)])  # fmt: skip
    said = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    _run([str(VENV / "bin" / "uv"), "pip", "sync", "--python", str(PYTHON), "--require-hashes",
          "--only-binary=:all:", str(lock)], settings_for_uv(said, dict(os.environ)))  # fmt: skip
    _say(f"Installed in {time.monotonic() - began:.0f} seconds.")


def _has_venv() -> bool:
    return _succeeds([sys.executable, "-c", "import ensurepip, venv"])


def _works() -> bool:
    """Whether there is an environment already, of a Python that can still be used."""
    ask = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return PYTHON.exists() and _succeeds([str(PYTHON), "-c", ask])


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run an installer, showing the big downloads as they begin; all that it said if it fails."""
    said = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if _BIG.match(line):
                _say("  " + line.strip())
    if process.returncode != 0:
        raise SystemExit(
            "".join(said) + "Installing failed; what the installer said stands above.\n"
            "What to do: see that this machine reaches its package index, and run make again."
        )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
