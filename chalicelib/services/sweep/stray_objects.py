"""Trove objects that are no image's: what is found is only suspected, and looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby, islice

from chalicelib.domain.errors import DatasetNotFound
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import Dataset, ObjectVersion
from chalicelib.ports import DatasetStore, ImageStore, LeftoverStore, ObjectStore
from chalicelib.services.sweep.report import Finding, Horizon

COMPARED_AT_ONCE = 1_000


class StrayObjects:
    """Trove objects that are no image's."""

    name = "trove objects without an image"

    def __init__(
        self,
        *,
        store: ObjectStore,
        leftovers: LeftoverStore,
        datasets: DatasetStore,
        images: ImageStore,
        layout: Layout,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._leftovers = leftovers
        self._datasets = datasets
        self._images = images
        self._layout = layout
        self._now = now

    def findings(self, horizon: Horizon) -> Iterator[Finding]:
        """See `report.Check`."""
        objects = self._store.list(self._layout.trove)
        while batch := list(islice(objects, COMPARED_AT_ONCE)):
            old = [version for version in batch if version.at <= horizon.attempts]
            for folder, versions in groupby(old, lambda version: version.key.rpartition("/")[0]):
                for version in self._strays(list(versions)):
                    problem = f"no image of {folder} has this name"
                    yield Finding(version.key, problem, partial(self._remove, version))

    def _strays(self, versions: Sequence[ObjectVersion]) -> list[ObjectVersion]:
        """Those of one folder's objects that no image holds the name of."""
        places = {version.key: self._layout.parse_trove(version.key) for version in versions}
        names = [place for place in places.values() if place is not None]
        dataset = self._dataset(names[0][0]) if names else None
        if dataset is None:
            return list(versions)
        taken = self._leftovers.names_taken(dataset.id, [name for _, name in names])
        return [
            version for version in versions if (place := places[version.key]) is None or place[1] not in taken
        ]

    def _dataset(self, name: str) -> Dataset | None:
        try:
            return self._datasets.get_by_name(name)
        except DatasetNotFound:
            return None

    def _remove(self, version: ObjectVersion) -> bool:
        """Remove the object while its name is held, so that no image can come to own it meanwhile."""
        head = self._store.head(version.key)
        if head is None or head.version.etag != version.etag:
            return False
        place = self._layout.parse_trove(version.key)
        dataset = self._dataset(place[0]) if place else None
        if place is None or dataset is None:  # no image can ever own it
            self._store.delete([version.key])
            return True
        held = self._leftovers.hold_name(dataset.id, place[1], self._now())
        if held is None:
            return False
        self._store.delete([version.key])
        self._images.release_name(held)
        return True
