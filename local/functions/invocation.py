"""The functions that events start, and what Lambda tells them of an invocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.local import LambdaContext

from local.functions.s3_event import Event

MEMORY_MB = 2048
TIME_LIMIT_SECONDS = 300

Function = Callable[[Event, Any], Any]


def new_context(function_name: str) -> LambdaContext:
    """The context of a new invocation, with an id of its own."""
    return LambdaContext(function_name, MEMORY_MB, TIME_LIMIT_SECONDS * 1000)
