"""A function as Lambda runs it: AWS's runtime client on the unpacked package, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.runtime import LAMBDA_RUNTIME
from testing.lambda_runtime.server import FunctionError, Invocation, RuntimeApi

CLIENT = "awslambdaric"
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Installation:
    """What a function runs on: a CPython of its version, AWS's runtime, and the unpacked package."""

    python: Path
    runtime: Path
    task: Path

    def command(self, *arguments: str) -> list[str]:
        """Python with these arguments; `-S` keeps it from all that is installed on this machine."""
        return [str(self.python), "-S", "-s", *arguments]

    def environment(self, region: str) -> dict[str, str]:
        """What Lambda sets for every function, without its own folders coming first."""
        return {
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{LAMBDA_RUNTIME}",
            "LAMBDA_RUNTIME_DIR": str(self.runtime),
            "LAMBDA_TASK_ROOT": str(self.task),
            "PYTHONPATH": str(self.runtime),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/bin:/bin",
        }


@dataclass(frozen=True, slots=True)
class Settings:
    """A function as the template sets it up, its environment resolved. `timeout` is in seconds."""

    name: str
    handler: str
    memory_mb: int
    timeout: float
    region: str
    environment: Mapping[str, str] = field(repr=False)


class Function:
    """One execution environment: started with its first event, and anew after its process ended."""

    def __init__(self, installation: Installation, settings: Settings, log: Path) -> None:
        self.settings = settings
        self._installation = installation
        self._log = log
        self._api = RuntimeApi(f"arn:aws:lambda:{settings.region}:123456789012:function:{settings.name}")
        self._process: subprocess.Popen[bytes] | None = None
        self._delivered_before = 0
        self._lock = threading.Lock()

    @property
    def delivered(self) -> int:
        """How many events it was handed."""
        return self._api.delivered

    @property
    def log(self) -> str:
        """What it has printed, over all its processes."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Its answer to an event.

        Raises:
            EventTooLarge, FunctionError: as for `invoke_raw`.
        """
        return json.loads(self.invoke_raw(json.dumps(event).encode()))

    def invoke_raw(self, event: bytes) -> bytes:
        """Its answer, as JSON, to an event that is JSON.

        Raises:
            EventTooLarge: the event is over 6 MB, and never reached the function.
            FunctionError: it raised, ended, took too long, or answered more than 6 MB.
        """
        invocation = self._api.submit(event, self.settings.timeout)
        while True:
            self._keep_running()
            try:
                return invocation.answer.result(_LOOK_SECONDS)
            except NotYet:
                self._look_after(invocation)

    def close(self) -> None:
        """End its process; what still waits for an answer gets none."""
        self._api.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        self._api.fail_all(FunctionError("Runtime.ExitError", "the environment was shut down"))

    def _keep_running(self) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._delivered_before = self.delivered
                self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        settings, installation = self.settings, self._installation
        lambdas_own = {
            "_HANDLER": settings.handler,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": settings.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{settings.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/22/[$LATEST]0",
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(
                installation.command("-m", CLIENT, settings.handler),
                env={**settings.environment, **installation.environment(settings.region), **lambdas_own},
                cwd=installation.task,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _look_after(self, invocation: Invocation) -> None:
        """Fail what is under way if its process ended; end a process that takes too long."""
        process = self._process
        assert process is not None
        if invocation.is_late:
            process.kill()
            process.wait()
            message = f"Task timed out after {self.settings.timeout:.2f} seconds"
            self._api.fail_all(FunctionError("Sandbox.Timedout", message))
        elif process.poll() is not None and self._is_to_blame(invocation):
            message = f"the runtime ended with {process.returncode}: {self.log[-2000:]}"
            self._api.fail_all(FunctionError("Runtime.ExitError", message))

    def _is_to_blame(self, invocation: Invocation) -> bool:
        """Whether an ended process took the event with it, or never came up at all."""
        return invocation.deadline is not None or self.delivered == self._delivered_before
