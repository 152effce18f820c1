"""Switches that make a fake fail, or the process die, before or after a call takes effect.

A fault is planned on one fake (`images.fail_next("record")`), or on a `Faults` that several fakes
share: it numbers their calls across all of them, so that a test can kill a use case at every step:

    for step in range(len(calls_of_a_clean_run)):
        faults.crash_at_call(step, when="after")
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import Concatenate, Literal, ParamSpec, TypeVar

from chalicelib.domain.errors import TransientFault

When = Literal["before", "after"]
P = ParamSpec("P")
R = TypeVar("R")


class Crash(BaseException):
    """The process died here. No `except Exception` of the code under test sees it."""


class Faults:
    """The planned faults and the log of calls, as `<port>.<method>`, of one fake or of several."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._planned: dict[tuple[str, When], deque[BaseException]] = defaultdict(deque)
        self._crash_call: tuple[int, When] | None = None
        self._fault_call: tuple[int, When] | None = None
        self._lock = Lock()

    def plan(self, call: str, fault: BaseException, times: int = 1, when: When = "before") -> None:
        """Raise `fault` at the next `times` calls of `<port>.<method>`."""
        with self._lock:
            self._planned[call, when].extend([fault] * times)

    def fail_at_call(self, number: int, when: When = "before") -> None:
        """Raise TransientFault at the call with this number, counted from 0 over all calls."""
        with self._lock:
            self._fault_call = (number, when)

    def crash_at_call(self, number: int, when: When = "before") -> None:
        """Die at the call with this number, counted from 0 over all calls in `calls`."""
        with self._lock:
            self._crash_call = (number, when)

    def clear(self) -> None:
        """Forget what was planned and what was called."""
        with self._lock:
            self.calls.clear()
            self._planned.clear()
            self._crash_call = self._fault_call = None

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """Log one call and raise what was planned for it."""
        with self._lock:
            number = len(self.calls)
            self.calls.append(call)
        self._raise_planned(call, number, "before")
        try:
            yield
        finally:
            self._raise_planned(call, number, "after")  # in place of an error of the call's own, too

    def _raise_planned(self, call: str, number: int, when: When) -> None:
        with self._lock:
            if self._crash_call == (number, when):
                raise Crash(f"{when} call {number}, {call}")
            if self._fault_call == (number, when):
                raise TransientFault(call.partition(".")[0], f"was told to fail {when} call {number}")
            planned = self._planned[call, when]
            if planned:
                raise planned.popleft()


class Switched:
    """Base of every fake; `port` is what its calls are logged under."""

    port: str

    def __init__(self, faults: Faults | None) -> None:
        self.faults = faults or Faults()


class SwitchedStore(Switched):
    """Base of the fakes with many methods."""

    def fail_next(self, method: str, times: int = 1, when: When = "before") -> None:
        """Raise TransientFault at the next calls; `after` means that the answer got lost."""
        fault = TransientFault(self.port, f"{method} was told to fail")
        self.faults.plan(self._call(method), fault, times, when)

    def crash_at(self, method: str, when: When = "before") -> None:
        """Die at the next call of a method, before or after its effect."""
        self.faults.plan(self._call(method), Crash(f"{when} {self._call(method)}"), when=when)

    def _call(self, method: str) -> str:
        if not hasattr(getattr(type(self), method), "is_port_method"):
            raise AttributeError(f"{method} is no method of the port {self.port}")
        return f"{self.port}.{method}"


S = TypeVar("S", bound=Switched)


def port_method(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a fake's method be logged, failed and crashed."""

    @wraps(method)
    def switched(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.faults.around(f"{self.port}.{method.__name__}"):
            return method(self, *args, **kwargs)

    switched.__dict__["is_port_method"] = True
    return switched
