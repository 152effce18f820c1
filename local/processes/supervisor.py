"""Keeps the stack's processes running, and ends them all."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.errors import Interrupted, LaptopError
from local.home import Home
from local.processes.process import Process
from local.processes.service import Service, await_ready, start

HEALTHY_SECONDS = 60.0
"""After so long a service's earlier ends are forgotten."""
LONGEST_DELAY_SECONDS = 30.0


@dataclass(slots=True)
class _Child:
    service: Service
    process: Process | None
    wave: int
    since: float
    failures: int = 0


class Supervisor:
    """Starts services in waves, brings back those that end, and ends all in reverse order.

    Everything happens in the main thread, which the processes are tied to. `say` shows a person a
    message; setting `stop` ends every wait.
    """

    def __init__(self, home: Home, say: Callable[[str], None], stop: threading.Event) -> None:
        self._home = home
        self._say = say
        self._stop = stop
        self._children: list[_Child] = []
        self._waves = 0

    def start(self, *services: Service) -> None:
        """Start a wave: all at once, and return when all are ready.

        Raises:
            LaptopError: one did not come up.
            Interrupted: `stop` was set.
        """
        self._waves += 1
        processes = []
        for service in services:
            processes.append(Process(self._home, service.name, service.command()))
            self._children.append(_Child(service, processes[-1], self._waves, time.monotonic()))
        for service, process in zip(services, processes, strict=True):
            await_ready(service, process, self._stop)

    def watch(self, look: Callable[[], None] = lambda: None) -> None:
        """Start again what ends, until `stop` is set; `look` is called in every round."""
        while not self._stop.wait(0.2):
            look()
            for child in self._children:
                self._tend(child)

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.since:
                self._restart(child)
            return
        code = child.process.exit_code()
        if code is None:
            if now - child.since > HEALTHY_SECONDS:
                child.failures = 0
            return
        child.process.end(seconds=0)
        self._postpone(child, f"{child.service.name} ended ({_how(code)}).")

    def _restart(self, child: _Child) -> None:
        try:
            child.process = start(self._home, child.service, self._stop, seconds=30)
        except LaptopError as error:
            self._postpone(child, str(error))
        except Interrupted:
            return
        else:
            child.since = time.monotonic()
            self._say(f"{child.service.name} runs again.")

    def _postpone(self, child: _Child, why: str) -> None:
        delay = min(LONGEST_DELAY_SECONDS, 0.5 * 2**child.failures)
        child.process = None
        child.failures += 1
        child.since = time.monotonic() + delay
        log = self._home.log(child.service.name)
        self._say(f"{why}\nIt is started again in {delay:g} s. Its log: {log}")

    def end(self) -> None:
        """End every process, the last wave first; kill those that do not end by themselves."""
        for wave in range(self._waves, 0, -1):
            children = [child for child in self._children if child.wave == wave]
            for child in children:
                if child.process is not None:
                    child.process.terminate()
            for child in children:
                if child.process is not None and not child.process.end(child.service.end_seconds):
                    self._say(f"{child.service.name} did not end by itself and was killed.")
                child.service.clean_up()
        self._children.clear()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
