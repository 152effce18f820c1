"""Trove objects that are no image's: what is found is only suspected, and looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import DatasetNotFound
from chalicelib.domain.layout import Layout
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ImageStore
from chalicelib.ports.upkeep import CursorStore, LeftoverStore
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step

COMPARED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayObjects:
    """Trove objects that are no image's."""

    name: ClassVar[str] = "trove objects without an image"

    store: ObjectStore
    leftovers: LeftoverStore
    datasets: DatasetStore
    images: ImageStore
    cursors: CursorStore
    layout: Layout
    now: Callable[[], datetime]

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        start = "" if horizon.whole else self.cursors.get(self.name)
        objects = self.store.list(self.layout.trove, start)
        while batch := list(islice(objects, COMPARED_AT_ONCE)):
            old = [version for version in batch if version.at <= horizon.attempts]
            for folder, versions in groupby(old, lambda version: version.key.rpartition("/")[0]):
                for version in self._strays(list(versions)):
                    problem = f"no image of {folder} has this name"
                    yield Finding(version.key, problem, partial(self._remove, version))
            yield Checkpoint(partial(self.cursors.put, self.name, batch[-1].key))
        yield Checkpoint(partial(self.cursors.put, self.name, ""))

    def _strays(self, versions: Sequence[ObjectVersion]) -> list[ObjectVersion]:
        """Those of one folder's objects that no image holds the name of."""
        places = {version.key: self.layout.parse_trove(version.key) for version in versions}
        names = [place for place in places.values() if place is not None]
        dataset = self._dataset(names[0][0]) if names else None
        if dataset is None:
            return list(versions)
        taken = self.leftovers.names_taken(dataset.id, [name for _, name in names])
        return [
            version for version in versions if (place := places[version.key]) is None or place[1] not in taken
        ]

    def _dataset(self, name: str) -> Dataset | None:
        try:
            return self.datasets.get_by_name(name)
        except DatasetNotFound:
            return None

    def _remove(self, version: ObjectVersion) -> bool:
        """Remove the object while its name is held, so that no image can come to own it meanwhile."""
        head = self.store.head(version.key)
        if head is None or head.version.etag != version.etag:
            return False
        place = self.layout.parse_trove(version.key)
        dataset = self._dataset(place[0]) if place else None
        if place is None or dataset is None:  # no image can ever own it
            self.store.delete([version.key])
            return True
        holder = uuid4().hex
        held = self.leftovers.hold_name(dataset.id, place[1], holder, self.now())
        if held is None:
            return False
        self.store.delete([version.key])
        self.images.release_name(held, holder, self.now())
        return True
