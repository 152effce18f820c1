"""A folder as a newcomer has it: the app, the environment, a running stack in `.nebula`, photos at home."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from testing.client import Bucket, NebulaClient
from testing.photos import photo_jpeg
from testing.stack import ROOT, LaptopStack

README = (ROOT / "README.md").read_text()
READ_DEV_ENV = "set -a; . .nebula/dev.env; set +a"


def command_of_readme(words: str) -> str:
    """The one command of the README that holds these words, as printed after its `$ `."""
    blocks = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    commands = [command for block in blocks for command in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    (found,) = [command for command in commands if words in command]
    return found.rstrip("\n")


@dataclass(frozen=True)
class Checkout:
    """The folder, and what runs in it."""

    folder: Path
    stack: LaptopStack

    @property
    def client(self) -> NebulaClient:
        """An admin's client of the stack."""
        return NebulaClient(self.stack.url, self.stack.token("admin", "admin"))

    @property
    def bucket(self) -> Bucket:
        """The stack's bucket."""
        return Bucket(self.stack.s3(), "nebula")

    @property
    def home(self) -> Path:
        """The newcomer's home, `~`."""
        return self.folder / "home"

    def fill_photos(self, prefix: str, count: int = 3) -> list[str]:
        """Let `~/photos` hold new photos; their names."""
        photos = self.home / "photos"
        shutil.rmtree(photos, ignore_errors=True)
        photos.mkdir(parents=True)
        names = [f"{prefix} {n}.jpg" for n in range(count)]
        for name in names:
            (photos / name).write_bytes(photo_jpeg(sum(name.encode()), 64, 48))
        return names

    def environment(self) -> dict[str, str]:
        """The newcomer's shell: its own home, and no setting of the machine's that concerns S3."""
        kept = {name: os.environ[name] for name in ("LANG",) if name in os.environ}
        path = ":".join(["/usr/local/bin", "/usr/bin", "/bin"])
        return {**kept, "HOME": str(self.home), "PATH": path}

    def shell(self, *commands: str) -> subprocess.CompletedProcess[str]:
        """Run commands in one shell of the folder, one after the other, after `dev.env` was read."""
        return subprocess.run(
            ["bash", "-euc", "\n".join([READ_DEV_ENV, *commands])],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def a_checkout(folder: Path) -> Checkout:
    """A folder with everything but the running stack."""
    shutil.copy(ROOT / "app.py", folder)
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    (folder / ".nebula").mkdir()
    (folder / "photo.jpg").write_bytes(photo_jpeg(7, 64, 48))
    (folder / "home").mkdir()
    return Checkout(folder, LaptopStack(folder / ".nebula"))
