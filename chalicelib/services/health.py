"""Which dependencies answer. Asked without a token, so it tells no more than that, and rarely asks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from time import monotonic

from chalicelib.domain.errors import NebulaError
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.layout import Layout
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore

PATIENCE_SECONDS = 3.0
"""A dependency that takes longer to answer counts as out of reach."""
KEPT_SECONDS = 5.0
"""How long an answer is good for: whoever asks without end costs the dependencies next to nothing."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was reachable a moment ago."""

    mongodb: bool
    bucket: bool

    @property
    def is_whole(self) -> bool:
        """Whether requests can be answered."""
        return self.mongodb and self.bucket


class CheckHealth:
    """Asks each dependency for something small that costs it nothing."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        datasets: DatasetStore,
        pool: Executor,
        layout: Layout,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._pool = pool
        self._layout = layout
        self._patience_seconds = patience_seconds
        self._known: tuple[float, Health] | None = None

    def check(self) -> Health:
        """What is reachable, as of at most five seconds ago."""
        if self._known is None or monotonic() - self._known[0] > KEPT_SECONDS:
            self._known = (monotonic(), self._ask())
        return self._known[1]

    def _ask(self) -> Health:
        absent = ObjectKey(f"{self._layout.exports}health")
        mongodb = self._pool.submit(_answers, lambda: self._datasets.page(PageRequest(limit=1)))
        bucket = self._pool.submit(_answers, lambda: self._store.head(absent))
        wait([mongodb, bucket], timeout=self._patience_seconds)
        return Health(_said_yes(mongodb), _said_yes(bucket))


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except NebulaError:
        return False
    return True


def _said_yes(answer: Future[bool]) -> bool:
    return answer.done() and answer.result()
