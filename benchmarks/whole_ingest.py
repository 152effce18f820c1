"""Whole ingests, from events: claim, read, inspect, take a name, persist, thumbnail, mirror, record.

The photos are small, so that the steps count and not the pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from uuid import uuid4

from chalicelib.bootstrap import Adapters, Services
from chalicelib.config import Config
from chalicelib.domain.ids import DatasetId
from chalicelib.events.ingest import ingest_objects
from local.functions.s3_event import CreatedObject, Event, object_created
from testing.photos import photo_jpeg

PHOTO_SIZE = (64, 48)
"""Pixels."""


class WholeIngest:
    """The ingest function on the events of photos that lie in a folder of their own. A `Design`."""

    share = 1 / 4

    def __init__(self, config: Config, adapters: Adapters) -> None:
        self._store = adapters.store
        self._datasets = adapters.datasets
        self._services = Services(config, adapters)
        self._folder = ""

    def prepare(self, count: int, pool: Executor) -> Iterable[Callable[[], object]]:
        """The photos lie in the drop folder before anything is timed."""
        self._folder = f"dropped-{uuid4().hex}"
        events = list(pool.map(self._drop, range(count)))
        return [partial(ingest_objects, event, self._services.ingest, uuid4().hex) for event in events]

    def dataset(self) -> DatasetId:
        return self._datasets.get_by_name(self._folder).id

    def _drop(self, n: int) -> Event:
        """Put one photo; the event that tells of it."""
        key = self._services.config.layout.drop_key(self._folder, f"{n:05d}.jpg")
        self._store.put(key, photo_jpeg(n, *PHOTO_SIZE))
        head = self._store.head(key)
        assert head is not None
        version = head.version
        at_ns = int(version.at.timestamp() * 1e9)
        return object_created(
            CreatedObject(self._services.config.bucket, key, version.size, version.etag, at_ns)
        )
