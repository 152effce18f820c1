"""What a live image needs outside its own record: a name, and its files.

At once: take a name in the dataset, hand the file to persist, store the thumbnail and, for a file
that browsers cannot show, a preview. All are keyed by what the receipt drew when it was announced,
so that a repeat writes the same again. Then, at once: note the persist service's answer on the
receipt, mirror the file under `trove/`. From
there on no attempt calls persist again. The mirror waits for persist, which may fail for long: no
trove object is to wait for an image that does not come.

A persist service that keys by name needs neither the note nor the wait: handed over again the file
is the same file, and ours lies in the bucket that the mirror lies in.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.datasets import Dataset
from chalicelib.domain.formats import content_type_of
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.images import ImageFacts, PersistedFile
from chalicelib.domain.layout import Layout
from chalicelib.domain.names import names_to_try
from chalicelib.domain.new_receipts import persist_file_name
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.ports.objects import ObjectStore, StoredObject
from chalicelib.ports.records import ImageStore, ReceiptStore
from chalicelib.ports.services import PersistRequest, PersistService


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image is now: its name in the dataset, and its files."""

    name: str
    persisted: PersistedFile
    trove_key: ObjectKey


class ImageFiles:
    """Puts one image's files where they belong; a repeat for the same receipt changes nothing."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        images: ImageStore,
        receipts: ReceiptStore,
        persist: PersistService,
        pool: Executor,
        layout: Layout,
    ) -> None:
        self._store = store
        self._images = images
        self._receipts = receipts
        self._persist = persist
        self._pool = pool
        self._layout = layout

    def place(self, receipt: Receipt, dataset: Dataset, source: StoredObject, facts: ImageFacts) -> Placement:
        """Take the name and write the files.

        Raises:
            TransientFault: a step failed; all have ended.
        """
        submit = self._pool.submit
        name = submit(self._images.reserve_name, receipt, dataset.id, names_to_try(receipt.name, receipt.id))
        persisted = submit(self._hand_over, receipt, source, facts)
        shown = [
            submit(self._store.put, key, picture, content_type="image/jpeg")
            for key, picture in self._shown(receipt, dataset, facts)
        ]
        steps: list[Future[Any]] = [name, persisted, *shown]
        if self._persist.keys_by_name:
            wait([name])
        else:
            _finish(steps)
            steps.append(submit(self._receipts.record_persisted, receipt.id, persisted.result()))
        if name.exception() is None:
            steps.append(submit(self._mirror, source.version, dataset, name.result(), facts))
        _finish(steps)
        return Placement(name.result(), persisted.result(), steps[-1].result())

    def _shown(
        self, receipt: Receipt, dataset: Dataset, facts: ImageFacts
    ) -> Iterator[tuple[ObjectKey, bytes]]:
        """What is looked at instead of the image: its thumbnail, and its preview where it has one."""
        yield self._layout.thumbnail_key(dataset.id, receipt.image_id), facts.thumbnail
        if facts.preview is not None:
            yield self._layout.preview_key(dataset.id, receipt.image_id), facts.preview

    def _mirror(self, source: ObjectVersion, dataset: Dataset, name: str, facts: ImageFacts) -> ObjectKey:
        trove_key = self._layout.trove_key(dataset.name, name)
        content_type = content_type_of(facts.format)
        self._store.copy(source.key, trove_key, etag=source.etag, content_type=content_type)
        return trove_key

    def _hand_over(self, receipt: Receipt, source: StoredObject, facts: ImageFacts) -> PersistedFile:
        """Give the file to persist, unless an earlier attempt did and noted the answer."""
        if receipt.persisted is not None:
            return receipt.persisted
        return self._persist.upload(
            PersistRequest(
                image_id=receipt.image_id,
                name=persist_file_name(receipt, facts),
                file_name=receipt.name,
                content_type=content_type_of(facts.format),
                body=source.body,
                source=source.version,
            )
        )


def _finish(steps: list[Future[Any]]) -> None:
    """Wait for all steps, so that none runs on behind the attempt's back; raise the first fault."""
    wait(steps)
    for step in steps:
        step.result()
