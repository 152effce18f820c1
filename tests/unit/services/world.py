"""A whole system in memory, its events, and what must hold of it when all is settled."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import suppress

from chalicelib.bootstrap import Services
from chalicelib.config import Config, TokenConfig
from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.formats import FILE_TYPES
from chalicelib.domain.ids import DatasetId, ObjectKey
from chalicelib.domain.images import Image
from chalicelib.domain.layout import announced_receipt_id
from chalicelib.domain.new_receipts import new_receipt, new_upload_id, upload_order
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import ObjectVersion, Source
from chalicelib.domain.users import Role, User
from chalicelib.services.intake.claim import LEASE_SECONDS
from chalicelib.services.intake.ingest import IngestOutcome
from testing.photos import photo_jpeg
from tests.fakes.clock import Clock
from tests.fakes.faults import Faults
from tests.fakes.ports import InMemoryPorts

CONFIG = Config("laptop", "photos", "mongodb://db.test/nebula", TokenConfig("0" * 32), wait_seconds=0.05)
EDITOR = User("vedant", Role.EDITOR)
BROKEN = b"\xff\xd8\xff\xe0 these bytes only begin like a JPEG"


class World:
    """Services over ports in memory."""

    def __init__(self, faults: Faults | None = None, executor: Executor | None = None) -> None:
        self.clock = Clock()
        self.ports = InMemoryPorts(now=self.clock, faults=faults)
        self.services = Services(CONFIG, self.ports, self.clock, executor)

    def dataset(self, name: str = "cards") -> Dataset:
        """The dataset of this name, made when new."""
        return self.ports.datasets.get_or_create(name, "vedant", self.clock())

    def put(self, key: str, body: bytes) -> ObjectVersion:
        """Put an object, a second after the last one; nothing is ingested by itself."""
        self.clock.advance(1)
        self.ports.store.put(ObjectKey(key), body)
        return self.version(key)

    def drop(self, path: str, body: bytes) -> ObjectVersion:
        """Put a file into the drop folder."""
        return self.put(f"drop/{path}", body)

    def announce(
        self,
        name: str,
        body: bytes,
        *,
        put: bool = True,
        source: Source = Source.MULTIPART,
        declared_size: int | None = None,
        declared_sha256: str | None = None,
    ) -> Receipt:
        """Announce a file of the dataset `cards`, and put it unless told otherwise."""
        dataset, upload_id = self.dataset(), new_upload_id()
        receipt = new_receipt(
            announced_receipt_id(upload_id, 0),
            source,
            CONFIG.layout.incoming_key(dataset.id, upload_id, 0, name),
            name,
            order=upload_order(self.clock(), upload_id, 0),
            uploaded_by="vedant",
            at=self.clock(),
            dataset_id=dataset.id,
            upload_id=upload_id,
            declared_size=declared_size,
            declared_sha256=declared_sha256,
        )
        self.ports.receipts.announce([receipt])
        if put:
            self.put(receipt.key, body)
        return receipt

    def version(self, key: str) -> ObjectVersion:
        """The object as its event names it."""
        head = self.ports.store.head(ObjectKey(key))
        assert head is not None
        return head.version

    def ingest(self, version: ObjectVersion, owner: str = "invocation") -> IngestOutcome:
        """Deliver the object's event."""
        return self.services.ingest.ingest(version, owner)

    def ingest_until_settled(self, version: ObjectVersion) -> None:
        """Deliver the event as Lambda does: again while it fails, by others once the lease is over."""
        for owner in ("invocation", "another"):
            for _ in range(3):
                with suppress(TransientFault):
                    self.ingest(version, owner)
                    return
            self.clock.advance(LEASE_SECONDS + 1)
        raise AssertionError(f"{version.key} was not settled")

    def images(self, dataset: Dataset | None = None) -> list[Image]:
        """The live images, in upload order."""
        return self.ports.images.page((dataset or self.dataset()).id, PageRequest()).rows

    def receipts(self, *states: ReceiptState) -> list[Receipt]:
        """All receipts, or those in the given states."""
        found = self.ports.state.receipts.values()
        return [receipt for receipt in found if not states or receipt.state in states]

    def objects(self, prefix: str) -> dict[str, bytes]:
        """The objects below a prefix."""
        return {key: self.ports.store.get(key).body for key in self.ports.store.keys(prefix)}

    def receipt(self, receipt: Receipt) -> Receipt:
        """The receipt as it is now."""
        found = self.ports.receipts.get(receipt.id)
        assert found is not None
        return found


def a_photo(seed: int = 1) -> bytes:
    """A small photo; each seed has bytes of its own."""
    return photo_jpeg(seed, 64, 48)


def assert_whole(world: World, *, deleted: int = 0) -> None:
    """Every upload is exactly one image or one rejection, trove is a mirror, nothing waits.

    `deleted` is how many images users removed since.
    """
    stored = world.receipts(ReceiptState.STORED)
    rejected = world.receipts(ReceiptState.REJECTED)
    assert len(stored) + len(rejected) == len(world.receipts()), "an upload has no end"
    images = [
        image for id_ in world.ports.state.datasets for image in world.ports.state.live_images(DatasetId(id_))
    ]
    assert {image.id for image in images} <= {receipt.image_id for receipt in stored}
    assert len(images) == len(stored) - deleted
    assert all(receipt.reason and receipt.reason.startswith(receipt.name) for receipt in rejected)
    assert len(world.ports.state.entries) == len(images), "a name is taken by no image"
    trove = world.objects("trove/")
    assert sorted(trove) == sorted(image.trove_key for image in images)
    for image in images:
        assert trove[image.trove_key] == world.ports.persist.fetch(image.persisted)
    previews = [key.split("/")[-1] for key in world.objects("previews/")]
    unseen = [image for image in images if not FILE_TYPES[image.format].shown_by_browsers]
    assert sorted(previews) == sorted(f"{image.id}.jpg" for image in unseen)
    thumbs = world.objects("thumbs/")
    assert sorted(thumbs) == sorted(f"thumbs/{image.dataset_id}/{image.id}.jpg" for image in images)
    kept = world.objects("rejected/")
    assert all(any(key.startswith(f"rejected/{receipt.id}/") for key in kept) for receipt in rejected)
    assert not world.objects("incoming/")
    assert not world.ports.state.leases
