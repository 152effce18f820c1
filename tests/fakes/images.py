"""The images in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import DatasetId, ImageId
from chalicelib.domain.images import Image, ImageLink, ImageState, ListedImage
from chalicelib.domain.leftovers import HOLD_SECONDS
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState

from .catalogue import CatalogueState, Entry
from .faults import Faults, SwitchedStore, port_method
from .paging import page_of


class InMemoryImages(SwitchedStore):
    """An `ImageStore`."""

    port = "images"

    def __init__(self, state: CatalogueState | None = None, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._state = state or CatalogueState()

    @port_method
    def reserve_name(self, receipt: Receipt, dataset_id: DatasetId, names: Sequence[str]) -> str:
        with self._state.lock:
            entries = self._state.entries
            if receipt.image_id in entries:
                return entries[receipt.image_id].name
            if any(entry.receipt_id == receipt.id for entry in entries.values()):
                raise TransientFault(self.port, f"an older image of receipt {receipt.id} is still there")
            taken = {entry.name for entry in entries.values() if entry.dataset_id == dataset_id}
            for name in names:
                if name not in taken:
                    entries[receipt.image_id] = Entry(dataset_id, receipt.id, name)
                    return name
        raise TransientFault(self.port, f"all of {len(names)} names are taken")

    @port_method
    def hold(
        self, image_ids: Sequence[ImageId], state: ImageState, holder: str, at: datetime
    ) -> set[ImageId]:
        with self._state.lock:
            entries = self._state.entries
            held = {id_ for id_ in image_ids if id_ in entries and entries[id_].state is state}
            for image_id in held:
                entries[image_id].holders[holder] = at
        return held

    @port_method
    def let_go(self, image_id: ImageId, holder: str) -> None:
        with self._state.lock:
            if image_id in self._state.entries:
                self._state.entries[image_id].holders.pop(holder, None)

    @port_method
    def release_name(self, image_id: ImageId, holder: str, at: datetime) -> bool:
        return self._drop(image_id, ImageState.ARRIVING, holder, at)

    @port_method
    def record(self, image: Image, at: datetime) -> None:
        with self._state.lock:
            entry = self._state.entries.get(image.id)
            if entry is None:
                raise TransientFault(self.port, f"the name of image {image.id} is not reserved")
            if entry.state is not ImageState.ARRIVING:
                return
            receipt = self._state.receipts.get(image.receipt_id)
            if receipt is None or receipt.state.is_final or receipt.image_id != image.id:
                raise TransientFault(self.port, f"receipt {image.receipt_id} waits for no such image")
            entry.image, entry.state = image, ImageState.LIVE
            self._state.touch(image.dataset_id, at)
            self._state.leases.pop(receipt.id, None)
            self._state.receipts[receipt.id] = replace(
                receipt,
                state=ReceiptState.STORED,
                reason=None,
                uploaded_by=image.uploaded_by,
                finished_at=at,
            )

    @port_method
    def exists(self, image_id: ImageId) -> bool:
        with self._state.lock:
            entry = self._state.entries.get(image_id)
            return entry is not None and entry.state is ImageState.LIVE

    @port_method
    def page(self, dataset_id: DatasetId, request: PageRequest) -> Page[Image]:
        return self._page(dataset_id, request)

    def _page(self, dataset_id: DatasetId, request: PageRequest) -> Page[Image]:
        with self._state.lock:
            images = self._state.live_images(dataset_id)
        return page_of(
            images,
            request,
            sorts={
                "uploadDate": lambda image: image.order,
                "name": lambda image: image.name,
                "fileSize": lambda image: image.size,
            },
            name=lambda image: image.name,
            row_id=lambda image: image.id,
        )

    @port_method
    def listing(self, dataset_id: DatasetId, request: PageRequest) -> Page[ListedImage]:
        page = self._page(dataset_id, request)
        return Page([ListedImage.of(image) for image in page.rows], page.next_cursor)

    @port_method
    def urls(self, dataset_id: DatasetId) -> Iterator[str]:
        with self._state.lock:
            images = self._state.live_images(dataset_id)
        return (image.persisted.url for image in images)

    @port_method
    def links(self, dataset_id: DatasetId) -> Iterator[ImageLink]:
        with self._state.lock:
            images = self._state.live_images(dataset_id)
        return (ImageLink(image.name, image.persisted.url) for image in images)

    @port_method
    def retire(self, dataset_id: DatasetId, names: Sequence[str], holder: str, at: datetime) -> list[Image]:
        with self._state.lock:
            meant = [
                entry
                for entry in self._state.entries.values()
                if entry.image and entry.dataset_id == dataset_id and entry.name in names
            ]
            if any(entry.state is ImageState.LIVE for entry in meant):
                self._state.touch(dataset_id, at)
            for entry in meant:
                entry.state = ImageState.RETIRED
                entry.holders[holder] = at
            return [entry.image for entry in meant if entry.image]

    @port_method
    def forget(self, image_ids: Iterable[ImageId], holder: str, at: datetime) -> set[ImageId]:
        return {id_ for id_ in list(image_ids) if not self._drop(id_, ImageState.RETIRED, holder, at)}

    def _drop(self, image_id: ImageId, state: ImageState, holder: str, at: datetime) -> bool:
        """Whether the entry is gone."""
        with self._state.lock:
            entry = self._state.entries.get(image_id)
            if entry is None or entry.state is not state:
                return entry is None
            since = at - timedelta(seconds=HOLD_SECONDS)
            entry.holders = {
                by: begun for by, begun in entry.holders.items() if by != holder and begun > since
            }
            if not entry.holders:
                del self._state.entries[image_id]
            return not entry.holders
