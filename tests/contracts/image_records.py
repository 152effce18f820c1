"""What an `ImageStore` promises about `record`: image, totals and receipt change together, once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.datasets import DatasetTotals
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.images import Image
from chalicelib.domain.new_receipts import renewed_receipt
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.ports.records import ImageStore

from .nasty_names import NASTY_NAMES
from .rows import HOLDER, NOON, Stores, after, new_dataset, reserve, store
from .threads import at_once


class ImageRecordsContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ImageStore,)

    def test_a_recorded_image_is_listed_field_for_field(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [
            store(stores, dataset, name, suspect=suspect, size=size)
            for name, suspect, size in (("a.jpg", None, 1), ("b.png", "extraneous bytes: $&", 5 * 2**30))
        ]
        assert stores.images.page(dataset.id, PageRequest()).rows == images
        assert list(stores.images.urls(dataset.id)) == [image.persisted.url for image in images]
        assert all(stores.images.exists(image.id) for image in images)

    def test_every_name_is_listed_letter_for_letter(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [store(stores, dataset, name) for name in NASTY_NAMES]
        assert stores.images.page(dataset.id, PageRequest()).rows == images

    def test_recording_counts_the_image_in_its_dataset_alone(self, stores: Stores) -> None:
        dataset, other = new_dataset(stores), new_dataset(stores)
        for n, size in enumerate((0, 7, 5_000_000_000)):
            stores.images.record(reserve(stores, dataset, f"{n}.jpg", size=size), after(n))
        assert stores.datasets.totals(dataset.id) == DatasetTotals(3, 5_000_000_007, after(2))
        assert stores.datasets.totals(other.id) == DatasetTotals(0, 0, None)

    def test_recording_settles_the_receipt_and_takes_over_the_uploader(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset, uploaded_by="mira")
        stores.receipts.fail(image.receipt_id, "persist: 503")
        before = stores.receipts.get(image.receipt_id)
        assert before is not None
        stores.images.record(image, after(1))
        settled = replace(
            before, state=ReceiptState.STORED, reason=None, uploaded_by="mira", finished_at=after(1)
        )
        assert stores.receipts.get(image.receipt_id) == settled
        assert stores.receipts.claim(image.receipt_id, "somebody else", 60) == settled

    def test_a_repeat_changes_nothing(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset)
        receipt = stores.receipts.get(image.receipt_id)
        stores.images.record(image, after(1))
        assert stores.datasets.totals(dataset.id) == DatasetTotals(1, image.size, NOON)
        assert stores.receipts.get(image.receipt_id) == receipt
        assert stores.images.page(dataset.id, PageRequest()).rows == [image]

    def test_a_straggler_does_not_bring_a_deleted_image_back(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset)
        stores.images.retire(dataset.id, [image.name], HOLDER, after(1))
        stores.images.record(image, after(2))
        assert not stores.images.exists(image.id)
        stores.images.forget([image.id], HOLDER, after(9))
        with pytest.raises(TransientFault):
            stores.images.record(image, after(3))
        assert not stores.images.exists(image.id)
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, after(1))

    def test_a_rejected_upload_does_not_become_an_image_too(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset)
        receipt = stores.receipts.get(image.receipt_id)
        assert receipt is not None
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        rejected = stores.receipts.get(image.receipt_id)
        with pytest.raises(TransientFault):
            stores.images.record(image, after(2))
        assert not stores.images.exists(image.id)
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, None)
        assert stores.receipts.get(image.receipt_id) == rejected

    def test_a_straggler_does_not_settle_an_upload_that_was_begun_afresh(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        straggler = reserve(stores, dataset)
        receipt = stores.receipts.get(straggler.receipt_id)
        assert receipt is not None
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        rejected = stores.receipts.get(receipt.id)
        assert rejected is not None
        fresh = renewed_receipt(rejected, after(2))
        assert stores.receipts.reopen(rejected, fresh)
        with pytest.raises(TransientFault):
            stores.images.record(straggler, after(3))
        assert not stores.images.exists(straggler.id)
        assert stores.receipts.get(receipt.id) == fresh
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, None)

    def test_many_images_recorded_at_once_are_counted_exactly(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [reserve(stores, dataset, f"{n}.jpg", size=1000 + n) for n in range(64)]
        assert at_once([partial(stores.images.record, image, NOON) for image in images]) == [None] * 64
        assert_counted(stores, dataset.id, images)

    def test_one_image_recorded_by_many_at_once_is_counted_once(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset)
        assert at_once([partial(stores.images.record, image, NOON)] * 16) == [None] * 16
        assert_counted(stores, dataset.id, [image])

    def test_an_upload_recorded_and_rejected_at_once_ends_as_one_of_both(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [reserve(stores, dataset, f"{n}.jpg") for n in range(16)]
        receipts = [stores.receipts.get(image.receipt_id) for image in images]
        at_once(
            [
                *(partial(stores.images.record, image, NOON) for image in images),
                *(
                    partial(stores.receipts.reject, receipt, RejectionKind.DAMAGED, "no", NOON)
                    for receipt in receipts
                    if receipt
                ),
            ]
        )
        ends = [stores.receipts.get(image.receipt_id) for image in images]
        assert [end.state if end else None for end in ends] == [
            ReceiptState.STORED if stores.images.exists(image.id) else ReceiptState.REJECTED
            for image in images
        ]
        assert_counted(stores, dataset.id, [image for image in images if stores.images.exists(image.id)])


def assert_counted(stores: Stores, dataset_id: DatasetId, images: list[Image]) -> None:
    """The dataset shows these images, and its totals are theirs."""
    shown = stores.images.page(dataset_id, PageRequest()).rows
    assert sorted(image.id for image in shown) == sorted(image.id for image in images)
    totals = stores.datasets.totals(dataset_id)
    assert (totals.images, totals.bytes) == (len(images), sum(image.size for image in images))
