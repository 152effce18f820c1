"""Health."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class HealthReply(Struct, frozen=True):
    """The reply of the health route: whether all is well, what answers, which persist store is used."""

    status: Literal["ok", "degraded"]
    mongodb: Literal["reachable", "unreachable"]
    bucket: Literal["reachable", "unreachable"]
    persist: Literal["embedded", "http"]
