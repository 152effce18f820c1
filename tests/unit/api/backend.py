"""The real services over ports in memory, and in them the dataset of the published page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.bootstrap import Services
from chalicelib.domain.datasets import Dataset
from chalicelib.domain.formats import Format
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId
from chalicelib.domain.images import Image, ImageState, PersistedFile
from chalicelib.domain.uploads import ObjectVersion
from tests.fakes.catalogue import Entry
from tests.fakes.config import a_config
from tests.fakes.crashes import InLine
from tests.fakes.object_store import KeptObject
from tests.fakes.ports import InMemoryPorts

from .speaking import DATASET_ID, FILE_ID, FILE_NAME, FILE_PATH

DATASET = Dataset(
    DatasetId(DATASET_ID), "testRuleSet3", "yash", datetime(2021, 7, 20, 17, 55, 59, tzinfo=UTC)
)
FIRST_IMAGE = "PxtaOARjrhTJkWN4tVV2FTRGJJ0nPKyH.png"


def an_image(name: str = FIRST_IMAGE, number: int = 1, url: str = FILE_PATH) -> Image:
    """An image of `DATASET`, as the published page shows its first row; `number` tells it from others."""
    return Image(
        id=ImageId(f"{number:024x}"),
        dataset_id=DATASET.id,
        receipt_id=ReceiptId(f"{number:032x}"),
        name=name,
        order=f"{number:08d}",
        size=957_235,
        format=Format.PNG,
        width=3505,
        height=2480,
        orientation=1,
        sha256=f"{number:064x}",
        perceptual_hash=f"{number:016x}",
        suspect=None,
        persisted=PersistedFile(FILE_ID, url),
        trove_key=ObjectKey(f"trove/testRuleSet3/{name}"),
        uploaded_by="yash",
        uploaded_at=datetime(2021, 7, 22, 18, 42, tzinfo=UTC),
    )


def images_of_urls(urls: Iterable[str]) -> list[Image]:
    """An image for each URL, in this order."""
    return [an_image(f"{number}.png", number, url) for number, url in enumerate(urls, start=1)]


class Backend:
    """A system as a client meets it: `DATASET` with three images, the file of the first in persist.

    Files that come in wait for their event until `ingest_at_once` is called.
    """

    def __init__(self) -> None:
        self.ports = InMemoryPorts()
        self.services = Services(a_config(wait_seconds=0.0), self.ports, executor=InLine())
        self.ports.state.datasets[DATASET.id] = DATASET
        self.show(an_image(), *(replace(an_image(f"{n}.png", n), size=559_309) for n in (2, 3)))
        self.persist_file(b"a picture")

    def show(self, *images: Image) -> None:
        """Let the dataset have these images."""
        self.ports.state.entries.clear()
        for image in images:
            entry = Entry(DATASET.id, image.receipt_id, image.name, ImageState.LIVE, image)
            self.ports.state.entries[image.id] = entry
        assert len(self.ports.state.entries) == len(images), "each image has an id of its own"

    def add_datasets(self, *names: str) -> None:
        """Datasets without images, each made a minute after the one before."""
        for number, name in enumerate(names, start=1):
            self.ports.datasets.create(name, "yash", DATASET.created_at + timedelta(minutes=number))
        self.ports.faults.calls.clear()

    def persist_file(self, body: bytes) -> None:
        """Let the first image's file be these bytes."""
        key = self.services.config.layout.persist_key(FILE_ID, FILE_NAME)
        self.ports.store.put(key, body, content_type="image/png")
        self.ports.faults.calls.clear()

    def ingest_at_once(self) -> None:
        """From now on the event of whatever comes in is there before the put has returned."""
        intake = self.services.config.layout.intake

        def on_put(version: ObjectVersion) -> None:
            if version.key.startswith(intake):
                self.services.ingest.ingest(version, "an invocation")

        self.ports.store.on_put = on_put

    def published(self) -> list[KeptObject]:
        """The replies that were put into the bucket since they were too large to return."""
        exports = self.ports.store.keys(self.services.config.layout.exports)
        return [self.ports.store.objects[key] for key in exports]

    def came_in(self) -> list[bytes]:
        """The files that wait under `incoming/`, in the order of the request."""
        store = self.ports.store
        return [store.objects[key].body for key in store.keys(self.services.config.layout.incoming)]

    @property
    def calls(self) -> list[str]:
        """What was asked of the ports so far, tokens and the audit apart."""
        asked = self.ports.faults.calls
        return [call for call in asked if not call.startswith(("tokens.", "audit."))]
