"""Events that failed until their queue gave them up: they are fed into the intake again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.ports.services import FailedEvents
from chalicelib.services.sweep.report import Finding, Horizon, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUpEvents:
    """Events in the dead-letter queue; their objects are as whole as any."""

    name: ClassVar[str] = "events that failed for good"

    failed_events: FailedEvents

    def findings(self, horizon: Horizon) -> Iterator[Step]:  # noqa: ARG002 - an event has failed or not
        count = self.failed_events.count()
        if count:
            yield Finding("the dead-letter queue", f"holds {count} events", self.failed_events.feed_back)
