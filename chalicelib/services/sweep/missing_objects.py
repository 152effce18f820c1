"""Live images whose trove object is missing: it comes back from where its bytes still are.

Images and objects are compared page by page, both in the order of their names; what differs is
only suspected, and looked at again before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import ClassVar
from uuid import uuid4

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import NebulaError, ObjectChanged, TransientFault
from chalicelib.domain.formats import content_type_of
from chalicelib.domain.images import Image, ImageState
from chalicelib.domain.layout import Layout
from chalicelib.domain.paging import Cursor, Page, PageRequest
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.objects import ObjectStore
from chalicelib.ports.records import DatasetStore, ImageStore, ReceiptStore
from chalicelib.ports.services import PersistedFiles
from chalicelib.ports.upkeep import CursorStore, LeftoverStore
from chalicelib.services.sweep.datasets import datasets_after, datasets_from
from chalicelib.services.sweep.report import Checkpoint, Finding, Horizon, Step

COMPARED_AT_ONCE = 1_000


class NoCopyLeft(NebulaError):
    """Neither the uploaded object nor the persist service holds an image's bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingObjects:
    """Live images whose trove object is not there, or has another size."""

    name: ClassVar[str] = "images without their trove object"

    store: ObjectStore
    leftovers: LeftoverStore
    datasets: DatasetStore
    images: ImageStore
    receipts: ReceiptStore
    persisted_files: PersistedFiles
    cursors: CursorStore
    layout: Layout
    now: Callable[[], datetime]

    def findings(self, horizon: Horizon) -> Iterator[Step]:
        """A position is a dataset that is done, or one and a place in it."""
        position = "" if horizon.whole else self.cursors.get(self.name)
        dataset_id, _, place = position.partition(" ")
        datasets = (datasets_from if place else datasets_after)(self.datasets, dataset_id)
        for dataset in datasets:
            yield from self._of(dataset, horizon, Cursor.decode(place) if place else None)
            yield Checkpoint(partial(self.cursors.put, self.name, dataset.id))
            place = ""
        yield Checkpoint(partial(self.cursors.put, self.name, ""))

    def _of(self, dataset: Dataset, horizon: Horizon, cursor: Cursor | None) -> Iterator[Step]:
        seen = self.layout.trove_key(dataset.name, str(cursor.value)) if cursor else ""
        objects = _Sizes(self.store.list(self.layout.trove_folder(dataset.name), seen))
        for page in self._pages(dataset, cursor):
            sizes = objects.up_to(page.rows[-1].trove_key if page.next_cursor else None)
            for image in page.rows:
                if image.uploaded_at <= horizon.attempts and sizes.get(image.trove_key) != image.size:
                    problem = "is not there" if image.trove_key not in sizes else "has another size"
                    yield Finding(image.trove_key, problem, partial(self._restore, image))
            if page.next_cursor:
                place = f"{dataset.id} {page.next_cursor.encode()}"
                yield Checkpoint(partial(self.cursors.put, self.name, place))

    def _pages(self, dataset: Dataset, cursor: Cursor | None) -> Iterator[Page[Image]]:
        while True:
            page = self.images.page(dataset.id, PageRequest(COMPARED_AT_ONCE, cursor, sort="name"))
            if page.rows:
                yield page
            cursor = page.next_cursor
            if cursor is None:
                return

    def _restore(self, image: Image) -> bool:
        head = self.store.head(image.trove_key)
        if head is not None and head.version.size == image.size:
            return False
        holder = uuid4().hex
        if not self.images.hold([image.id], ImageState.LIVE, holder, self.now()):
            return False
        body = self._copy_of(image)
        self.store.put(image.trove_key, body, content_type=content_type_of(image.format))
        self.images.let_go(image.id, holder)
        if self.leftovers.image_state(image.id) is not ImageState.LIVE:
            # Deleted while it was being written: the removal that finishes the deletion takes it along.
            raise TransientFault("trove", f"{image.trove_key} was deleted while it was being restored")
        return True

    def _copy_of(self, image: Image) -> bytes:
        """The image's bytes, from where they are nearest, checked against its sha256."""
        for source in (self._uploaded, self._persisted):
            body = source(image)
            if body is not None and sha256(body).hexdigest() == image.sha256:
                return body
        raise NoCopyLeft(f"no copy with the sha256 of {image.trove_key} is left")

    def _uploaded(self, image: Image) -> bytes | None:
        receipt = self.receipts.get(image.receipt_id)
        if receipt is None:
            return None
        try:
            return self.store.get(receipt.key).body
        except ObjectChanged:
            return None

    def _persisted(self, image: Image) -> bytes | None:
        return self.persisted_files.fetch(image.persisted)


class _Sizes:
    """The sizes of a folder's objects, read as far as the images have been."""

    def __init__(self, objects: Iterator[ObjectVersion]) -> None:
        self._objects = objects
        self._ahead: ObjectVersion | None = None

    def up_to(self, last_key: str | None) -> dict[str, int]:
        """The sizes of the next objects, up to this key, or of all the rest, by key."""
        sizes: dict[str, int] = {}
        while True:
            version = self._ahead or next(self._objects, None)
            self._ahead = None
            if version is None:
                return sizes
            if last_key is not None and version.key > last_key:
                self._ahead = version
                return sizes
            sizes[version.key] = version.size
