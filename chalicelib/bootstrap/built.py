"""How adapters and services are built: each once, when it is first asked for, and one at a time.

One at a time, since building imports: two threads that first import the same packages by different
modules may lock each other out, and Python then ends one of them with a deadlock error. What is built
is an attribute like any other: only who asks first takes the lock.
"""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import Any, Self, TypeVar, overload

T_co = TypeVar("T_co", covariant=True)
BUILDING = RLock()


class built(cached_property[T_co]):  # noqa: N801 - a decorator
    """A property that is built at its first use, while nothing else is built."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T_co: ...
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
        with BUILDING:
            return super().__get__(instance, owner)
