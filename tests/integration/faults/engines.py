"""The services of one process on real engines, and what must hold there when all is settled."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.bootstrap import Adapters, Services
from chalicelib.config import Config
from chalicelib.domain.datasets import Dataset
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.images import Image
from chalicelib.domain.layout import announced_receipt_id
from chalicelib.domain.leftovers import Drift
from chalicelib.domain.new_receipts import new_receipt, new_upload_id, upload_order
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import ObjectVersion, Source
from chalicelib.services.sweep.datasets import each_dataset
from chalicelib.services.sweep.run import SweepOrder
from tests.fakes.clock import utc_now
from tests.fakes.crashes import MortalPorts, OneLife


@dataclass(frozen=True, slots=True)
class Ends:
    """What became of all uploads."""

    images: int
    rejections: int


class EngineWorld:
    """Services whose ports are the real adapters, each call of which may be the last."""

    def __init__(self, ports: Adapters, config: Config, faults: OneLife, executor: Executor | None) -> None:
        self.ports = ports
        self.faults = faults
        self.services = Services(config, MortalPorts(ports, config, faults), executor=executor)
        self._layout = config.layout

    def dataset(self) -> Dataset:
        """The dataset `cards`, made when new."""
        return self.ports.datasets.get_or_create("cards", "vedant", utc_now())

    def drop(self, path: str, body: bytes) -> ObjectVersion:
        """Put a file into the drop folder; nothing is ingested by itself."""
        return self._put(ObjectKey(f"drop/{path}"), body)

    def announce(self, name: str, body: bytes) -> ObjectVersion:
        """Announce a file of a request and put it."""
        dataset, upload_id, at = self.dataset(), new_upload_id(), utc_now()
        receipt = new_receipt(
            announced_receipt_id(upload_id, 0),
            Source.MULTIPART,
            self._layout.incoming_key(dataset.id, upload_id, 0, name),
            name,
            order=upload_order(at, upload_id, 0),
            uploaded_by="vedant",
            at=at,
            dataset_id=dataset.id,
            upload_id=upload_id,
        )
        self.ports.receipts.announce([receipt])
        return self._put(receipt.key, body)

    def _put(self, key: ObjectKey, body: bytes) -> ObjectVersion:
        self.ports.store.put(key, body)
        head = self.ports.store.head(key)
        assert head is not None
        return head.version

    def ingest(self, version: ObjectVersion, owner: str = "invocation") -> None:
        """Deliver the object's event."""
        self.services.ingest.ingest(version, owner)

    def ingest_until_settled(self, version: ObjectVersion) -> None:
        """Deliver the event again while it fails, as Lambda does."""
        for _ in range(4):
            with suppress(TransientFault):
                self.ingest(version)
                return
        raise AssertionError(f"{version.key} was not settled")

    def sweep(self) -> int:
        """Sweep deeply, as the only process; returns how much was found."""
        self.services.sweep.take_over()
        report = self.services.sweep.run(SweepOrder(deep=True, exclusive=True))
        assert not any(check.fault for check in report.checks), report
        return report.found

    def images(self) -> list[Image]:
        """The live images of the dataset `cards`."""
        return self.ports.images.page(self.dataset().id, PageRequest()).rows

    def receipts(self) -> list[Receipt]:
        """All receipts."""
        return self.ports.receipts.page(None, list(ReceiptState), PageRequest()).rows

    def objects(self, prefix: str) -> dict[str, bytes]:
        """The objects below a prefix."""
        store = self.ports.store
        return {version.key: store.get(version.key).body for version in store.list(prefix)}


def assert_whole(world: EngineWorld) -> Ends:
    """Every upload is exactly one image or one rejection, totals are exact, trove is a mirror."""
    ports = world.ports
    receipts = world.receipts()
    stored = [receipt for receipt in receipts if receipt.state is ReceiptState.STORED]
    rejected = [receipt for receipt in receipts if receipt.state is ReceiptState.REJECTED]
    assert len(stored) + len(rejected) == len(receipts), [r for r in receipts if not r.state.is_final]
    images: list[Image] = []
    for dataset in list(each_dataset(ports.datasets)):
        its_images = ports.images.page(dataset.id, PageRequest()).rows
        totals = ports.datasets.totals(dataset.id)
        assert (totals.images, totals.bytes) == (len(its_images), sum(image.size for image in its_images))
        assert ports.totals.drift(dataset.id) == Drift()
        images += its_images
    assert sorted(image.id for image in images) == sorted(receipt.image_id for receipt in stored)
    trove = world.objects("trove/")
    assert sorted(trove) == sorted(image.trove_key for image in images)
    for image in images:
        assert trove[image.trove_key] == ports.persisted_files.fetch(image.persisted)
    assert len(list(ports.store.list("thumbs/"))) == len(images)
    assert len(list(ports.store.list("rejected/"))) == len(rejected)
    assert not list(ports.store.list("incoming/"))
    assert ports.leftovers.end_leases() == 0
    return Ends(len(images), len(rejected))
