"""The laptop's schedule: calls the sweep again and again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from local.functions.invocation import Function, new_context
from local.functions.s3_event import Event

LOGGER = logging.getLogger("local.functions.schedule")


def sweep_repeatedly(sweep: Function, seconds: float, stop: threading.Event, exclusive: bool) -> None:
    """Call the sweep at once and then every few seconds, until `stop` is set.

    With `exclusive`, the first call may take whatever was begun before for left behind, since nobody
    else works on these engines.
    """
    detail = {"alone": True} if exclusive else {}
    while True:
        try:
            sweep(scheduled_event(detail), new_context("sweep"))
        except Exception:
            LOGGER.exception("the sweep failed and will be repeated")
        if stop.wait(seconds):
            return
        detail = {}


def scheduled_event(detail: Mapping[str, object]) -> Event:
    """The event that a schedule sends."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/sweep"],
        "detail": detail,
    }
