"""The two processes that run the app: one as the gateway's function, one as the events'."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.processes.ports import is_answering
from local.processes.process import Command
from local.processes.service import Ending
from local.settings import LaptopSettings


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """`local.gateway.app`, in a process."""

    port: int
    environment: Mapping[str, str]
    folder: Path
    name: str = "gateway"
    end_seconds: float = 15

    def command(self) -> Command:
        """How to start it."""
        argv = (sys.executable, "-m", "local.gateway.app", f"--port={self.port}")
        return Command(argv, self.environment, self.folder)

    def is_ready(self) -> bool:
        """Whether it takes requests."""
        return is_answering(self.port)

    def clean_up(self) -> None:
        """It leaves nothing outside the home."""

    def advice(self, _ending: Ending) -> str:
        """What a person can do when it does not come up."""
        return f"the log of `{self.name}` in the home's logs folder has the whole traceback."


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """`local.functions.worker`, in a process.

    With `poll` it lists the bucket, else SeaweedFS tells it; with `shared`, others may ingest on the
    same engines.
    """

    port: int
    environment: Mapping[str, str]
    folder: Path
    settings: LaptopSettings
    poll: bool
    shared: bool
    name: str = "worker"
    end_seconds: float = 15

    def command(self) -> Command:
        """How to start it."""
        argv = (
            sys.executable,
            "-m",
            "local.functions.worker",
            f"--port={self.port}",
            f"--processes={self.settings.ingest_processes}",
            f"--sweep-seconds={self.settings.sweep_seconds}",
            *(["--poll"] if self.poll else []),
            *(["--shared"] if self.shared else []),
        )
        return Command(argv, self.environment, self.folder)

    def is_ready(self) -> bool:
        """Whether it takes notifications."""
        return is_answering(self.port)

    def clean_up(self) -> None:
        """It leaves nothing outside the home."""

    def advice(self, _ending: Ending) -> str:
        """What a person can do when it does not come up."""
        return f"the log of `{self.name}` in the home's logs folder has the whole traceback."
