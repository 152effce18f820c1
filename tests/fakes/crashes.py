"""Processes that die in the middle of their work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from chalicelib.bootstrap import Adapters
from chalicelib.config import Config

from .faults import Crash, Faults

P = ParamSpec("P")
R = TypeVar("R")


class OneLife(Faults):
    """Faults of a process that stays dead: after the crash no call has an effect any more."""

    def __init__(self) -> None:
        super().__init__()
        self.is_dead = False

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        if self.is_dead:
            raise Crash(f"dead before {call}")
        try:
            with super().around(call):
                yield
        except Crash:
            self.is_dead = True
            raise

    def begin_again(self) -> None:
        """A new process: nothing is planned, nothing is dead."""
        self.clear()
        self.is_dead = False


class InLine(Executor):
    """Runs what is submitted at once, so that calls have one order."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


class Mortal:
    """A port of which every call may be the last one; `port` is what its calls are logged under."""

    def __init__(self, inner: object, port: str, faults: Faults) -> None:
        self._inner = inner
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._faults.around(f"{self._port}.{name}"):
                return found(*args, **kwargs)

        return call


NO_PORTS = {"database", "now"}
"""What the adapters share: services stand on the clock as well, which is a plain function to them."""


class MortalPorts(Adapters):
    """All ports of a system, each mortal."""

    def __init__(self, inner: Adapters, config: Config, faults: Faults) -> None:
        super().__init__(config)
        self.faults = faults
        self.__dict__["now"] = inner.now  # the clock is no step at which a process could be killed
        for port in port_names():
            self.__dict__[port] = Mortal(getattr(inner, port), port, faults)


def port_names() -> list[str]:
    """The ports that services stand on, by the names under which they are given them."""
    return [
        name
        for name, member in vars(Adapters).items()
        if isinstance(member, cached_property) and name not in NO_PORTS
    ]
