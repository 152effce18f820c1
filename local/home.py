"""The home of a laptop stack: the one folder that holds all of its state.

Nothing lies outside it, so that copying or removing the folder copies or removes the stack.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.errors import LaptopError

DEFAULT_HOME = ".nebula"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a home draws for itself at its first start."""

    token_secret: str = field(repr=False)
    access_key: str
    secret_key: str = field(repr=False)
    hook_token: str = field(repr=False)

    @classmethod
    def draw(cls) -> Secrets:
        """New random secrets. A deployed stage refuses a token secret with this prefix."""
        return cls(
            token_secret="laptop-" + secrets.token_urlsafe(32),
            access_key="LAPTOP" + secrets.token_hex(7).upper(),
            secret_key=secrets.token_urlsafe(30),
            hook_token=secrets.token_urlsafe(30),
        )


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie below `path`, which is absolute."""

    path: Path

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Home:
        """The folder that NEBULA_HOME names, else `.nebula` where the command was given."""
        return cls(Path(environment.get("NEBULA_HOME") or DEFAULT_HOME).expanduser().resolve())

    @property
    def mongo(self) -> Path:
        """mongod's data."""
        return self.path / "mongo"

    @property
    def s3(self) -> Path:
        """SeaweedFS's configuration and data."""
        return self.path / "s3"

    @property
    def dev_env(self) -> Path:
        """The variables with which other programs reach the stack."""
        return self.path / "dev.env"

    @property
    def lock(self) -> Path:
        """Held by the one stack that runs on this home."""
        return self.path / "lock"

    @property
    def stack_pid(self) -> Path:
        """The process id of that stack."""
        return self.path / "stack.pid"

    @property
    def ports(self) -> Path:
        """The ports of the last start."""
        return self.path / "ports.json"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.path / "logs" / f"{name}.log"

    def pid(self, name: str) -> Path:
        """The pid file of one process."""
        return self.path / "run" / f"{name}.json"

    def prepare(self) -> None:
        """Make the folders, readable by their owner alone.

        Raises:
            LaptopError: the folder cannot be made or written.
        """
        folders = (self.path, self.mongo, self.s3, self.path / "logs", self.path / "run")
        try:
            for folder in folders:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LaptopError(
                f"The home {self.path} cannot be used: {error.strerror}.\n"
                "Name a folder that you may write to: NEBULA_HOME=/some/folder make run"
            ) from error

    def secrets(self) -> Secrets:
        """This home's secrets, drawn at the first call."""
        path = self.path / "secrets.json"
        if not path.exists():
            self.prepare()
            write_private(path, json.dumps(asdict(Secrets.draw()), indent=2), only_if_new=True)
        try:
            return Secrets(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise LaptopError(
                f"{path} is damaged. Remove it and start again: new secrets are drawn, "
                "and tokens made before lose their meaning."
            ) from error


def write_private(path: Path, text: str, *, only_if_new: bool = False) -> None:
    """Write a file that only its owner can read, whole or not at all.

    With `only_if_new`, a file that is there stays as it is, also when two processes write at once.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        if only_if_new:
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
