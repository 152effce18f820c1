"""What a `FailedEvents` promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from chalicelib.ports.services import FailedEvents

GiveUp = Callable[[int], None]
"""Lets so many events fail for good."""
CameBack = Callable[[], int]
"""How many events wait in the intake again."""


class FailedEventsContract:
    """Subclasses give the fixtures `failed`, which holds nothing, `give_up` and `came_back`."""

    holds: ClassVar = (FailedEvents,)

    def test_where_nothing_failed_nothing_waits(self, failed: FailedEvents) -> None:
        assert failed.count() == 0

    def test_what_failed_for_good_is_counted(self, failed: FailedEvents, give_up: GiveUp) -> None:
        give_up(3)
        assert failed.count() == 3

    def test_all_of_it_comes_again(self, failed: FailedEvents, give_up: GiveUp, came_back: CameBack) -> None:
        give_up(12)
        assert failed.feed_back() is True
        assert (failed.count(), came_back()) == (0, 12)
