"""What an `IngestTrigger` promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.services import IngestTrigger

from .nasty_names import NASTY_NAMES
from .rows import NOON

Started = Callable[[], list[ObjectVersion]]


def versions(names: Sequence[str]) -> list[ObjectVersion]:
    """An object of each name, as it lies in the bucket."""
    return [ObjectVersion(ObjectKey(f"drop/a/{name}"), f"{n:032x}", n, NOON) for n, name in enumerate(names)]


def in_order(found: Sequence[ObjectVersion]) -> list[ObjectVersion]:
    """As `versions` made them: no order of arrival is promised."""
    return sorted(found, key=lambda version: version.size)


class IngestTriggerContract:
    """Subclasses give the fixtures `trigger` and `started`: what ingest has been started on so far."""

    holds: ClassVar = (IngestTrigger,)

    def test_ingest_starts_on_each_object_once(self, trigger: IngestTrigger, started: Started) -> None:
        asked = versions(["1.jpg", "2.jpg"])
        trigger.trigger(asked)
        assert in_order(started()) == asked

    def test_a_key_arrives_as_it_is_whatever_is_in_it(self, trigger: IngestTrigger, started: Started) -> None:
        asked = versions(NASTY_NAMES)
        trigger.trigger(asked)
        assert [version.key for version in in_order(started())] == [version.key for version in asked]

    def test_a_hundred_objects_arrive_as_each_alone_would(
        self, trigger: IngestTrigger, started: Started
    ) -> None:
        asked = versions([f"{n}.jpg" for n in range(101)])
        trigger.trigger(asked)
        assert in_order(started()) == asked

    def test_nothing_starts_nothing(self, trigger: IngestTrigger, started: Started) -> None:
        trigger.trigger([])
        assert started() == []

    def test_a_repeat_starts_again(self, trigger: IngestTrigger, started: Started) -> None:
        asked = versions(["1.jpg"])
        trigger.trigger(asked)
        trigger.trigger(asked)
        assert started() == asked * 2
