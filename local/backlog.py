"""Lets it be seen how many dropped files wait for their turn.

A dropped file has no receipt until its event is handled, and a thousand files at once wait for half a
minute. Here they get their receipts as soon as they have waited for a moment; what is handled at once
costs nothing more.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence

import msgspec

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.events.s3 import object_versions

LOGGER = logging.getLogger("local.backlog")
LOOK_SECONDS = 0.5
AT_ONCE = 1_000
Announce = Callable[[Sequence[ObjectVersion]], None]


class Backlog:
    """Knows which waiting messages it has seen, and which it has announced."""

    def __init__(self, waiting: Callable[[], Mapping[str, str]], announce: Announce) -> None:
        self._waiting = waiting
        self._announce = announce
        self._seen: set[str] = set()
        self._announced: set[str] = set()

    def look(self) -> None:
        """Announce what waited at the last look already.

        Raises:
            TransientFault: it could not be done; the next look tries again.
        """
        waiting = self._waiting()
        due = [message_id for message_id in waiting if message_id in self._seen - self._announced]
        self._seen = set(waiting)
        self._announced &= self._seen
        for start in range(0, len(due), AT_ONCE):
            batch = due[start : start + AT_ONCE]
            self._announce([version for message_id in batch for version in _versions(waiting[message_id])])
            self._announced.update(batch)


def _versions(body: str) -> list[ObjectVersion]:
    """The objects that a message tells of; none of one that the function will refuse."""
    try:
        return object_versions(json.loads(body))
    except (ValueError, msgspec.ValidationError):
        return []


def announce_what_waits(
    waiting: Callable[[], Mapping[str, str]],
    announce: Announce,
    stop: threading.Event,
    seconds: float = LOOK_SECONDS,
) -> None:
    """Look every moment until `stop` is set."""
    backlog = Backlog(waiting, announce)
    while not stop.wait(seconds):
        try:
            backlog.look()
        except TransientFault as fault:
            LOGGER.warning("what waits could not be announced: %s", fault)
