"""A dead-letter queue in memory."""

from __future__ import annotations

from .faults import Faults, SwitchedStore, port_method


class FakeFailedEvents(SwitchedStore):
    """A `FailedEvents` of so many `events`; `fed_back` counts those that were sent back."""

    port = "failed_events"

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self.events = 0
        self.fed_back = 0

    def give_up(self, count: int) -> None:
        """Let so many events fail for good."""
        self.events += count

    @port_method
    def count(self) -> int:
        return self.events

    @port_method
    def feed_back(self) -> bool:
        self.fed_back, self.events = self.fed_back + self.events, 0
        return True
