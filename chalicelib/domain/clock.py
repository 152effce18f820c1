"""What time it is. Whoever asks takes the clock as an argument, so that a test can move it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
