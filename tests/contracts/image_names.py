"""What an `ImageStore` promises about names: one image per name, from reservation to removal."""

from __future__ import annotations

from typing import ClassVar

import pytest

from chalicelib.domain.datasets import DatasetTotals
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.new_receipts import new_image_id
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import ReceiptState
from chalicelib.ports.records import ImageStore

from .nasty_names import NASTY_NAMES
from .rows import HOLDER, NOON, Stores, after, image_of, new_dataset, new_receipt, reserve, store
from .threads import at_once


class ImageNamesContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ImageStore,)

    def test_an_image_gets_the_first_name_that_is_free(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        names = ["photo.jpg", "photo-1.jpg", "photo-2.jpg"]
        taken = [stores.images.reserve_name(new_receipt(), dataset.id, names) for _ in names]
        assert taken == names

    def test_every_name_is_taken_letter_for_letter(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        for name in NASTY_NAMES:
            assert stores.images.reserve_name(new_receipt(), dataset.id, [name, "spoilt"]) == name
        for name in NASTY_NAMES:
            again = stores.images.reserve_name(new_receipt(), dataset.id, [name, f"second {name}"])
            assert again == f"second {name}"

    def test_a_repeat_for_the_same_receipt_gives_the_same_name(self, stores: Stores) -> None:
        dataset, receipt = new_dataset(stores), new_receipt()
        stores.images.reserve_name(new_receipt(), dataset.id, ["photo.jpg"])
        for names in (["photo.jpg", "photo-1.jpg"], ["photo.jpg", "photo-1.jpg"], ["other.jpg"]):
            assert stores.images.reserve_name(receipt, dataset.id, names) == "photo-1.jpg"
        assert stores.images.reserve_name(new_receipt(), dataset.id, ["other.jpg"]) == "other.jpg"

    def test_a_recorded_image_keeps_its_name_when_it_is_reserved_again(self, stores: Stores) -> None:
        dataset, receipt = new_dataset(stores), new_receipt(name="photo.jpg")
        stores.receipts.announce([receipt])
        stores.images.reserve_name(receipt, dataset.id, ["photo.jpg"])
        stores.images.record(image_of(receipt, dataset.id, "photo.jpg"), NOON)
        assert stores.images.reserve_name(receipt, dataset.id, ["photo.jpg", "b.jpg"]) == "photo.jpg"
        assert stores.images.exists(receipt.image_id)

    def test_two_datasets_may_each_hold_an_image_of_one_name(self, stores: Stores) -> None:
        for dataset in (new_dataset(stores), new_dataset(stores)):
            assert stores.images.reserve_name(new_receipt(), dataset.id, ["a.jpg", "b.jpg"]) == "a.jpg"

    def test_without_a_free_name_the_upload_has_to_wait(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        store(stores, dataset, "a.jpg")
        reserve(stores, dataset, "b.jpg")
        with pytest.raises(TransientFault):
            stores.images.reserve_name(new_receipt(), dataset.id, ["a.jpg", "b.jpg"])

    def test_nothing_shows_or_counts_a_reserved_image(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset, "photo.jpg")
        assert not stores.images.exists(image.id)
        assert stores.images.page(dataset.id, PageRequest()).rows == []
        assert list(stores.images.urls(dataset.id)) == []
        assert stores.images.retire(dataset.id, ["photo.jpg"], HOLDER, after(1)) == []
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, None)
        stores.images.record(image, after(2))
        assert stores.images.exists(image.id)

    def test_a_released_name_is_free_again(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        given_up = reserve(stores, dataset, "photo.jpg")
        for _ in range(2):
            stores.images.release_name(given_up.id, HOLDER, after(9))
        assert stores.images.reserve_name(new_receipt(), dataset.id, ["photo.jpg"]) == "photo.jpg"

    def test_releasing_the_name_of_a_live_or_retired_image_does_nothing(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        live, retired = store(stores, dataset, "live.jpg"), store(stores, dataset, "retired.jpg")
        stores.images.retire(dataset.id, ["retired.jpg"], HOLDER, after(1))
        for image in (live, retired):
            stores.images.release_name(image.id, HOLDER, after(9))
            assert stores.images.reserve_name(new_receipt(), dataset.id, [image.name, image.id]) == image.id
        assert stores.images.exists(live.id)

    def test_a_retired_image_keeps_its_name_until_it_is_forgotten(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        retired = store(stores, dataset, "photo.jpg")
        stores.images.retire(dataset.id, ["photo.jpg"], HOLDER, after(1))
        assert stores.images.reserve_name(new_receipt(), dataset.id, ["photo.jpg", "b.jpg"]) == "b.jpg"
        stores.images.forget([retired.id], HOLDER, after(9))
        assert stores.images.reserve_name(new_receipt(), dataset.id, ["photo.jpg"]) == "photo.jpg"

    def test_an_upload_made_again_waits_until_its_older_image_is_gone(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        older = store(stores, dataset, "photo.jpg")
        stores.images.retire(dataset.id, ["photo.jpg"], HOLDER, after(1))
        again = new_receipt(dataset.id, id=older.receipt_id, image_id=new_image_id())
        with pytest.raises(TransientFault):
            stores.images.reserve_name(again, dataset.id, ["photo.jpg", "b.jpg"])
        stores.images.forget([older.id], HOLDER, after(9))
        assert stores.images.reserve_name(again, dataset.id, ["photo.jpg"]) == "photo.jpg"

    def test_of_many_taking_one_name_at_once_one_gets_it(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        receipts = [new_receipt() for _ in range(64)]
        names = at_once(
            [
                lambda receipt=receipt: stores.images.reserve_name(  # type: ignore[misc]
                    receipt, dataset.id, ["photo.jpg", f"photo-{receipt.id}.jpg"]
                )
                for receipt in receipts
            ]
        )
        plain = [receipt for receipt, name in zip(receipts, names, strict=True) if name == "photo.jpg"]
        assert len(plain) == 1
        assert names == [
            "photo.jpg" if receipt is plain[0] else f"photo-{receipt.id}.jpg" for receipt in receipts
        ]

    def test_many_attempts_of_one_upload_at_once_get_one_name(self, stores: Stores) -> None:
        dataset, receipt = new_dataset(stores), new_receipt()
        candidates = ["photo.jpg", "photo-1.jpg", "photo-2.jpg"]
        names = at_once([lambda: stores.images.reserve_name(receipt, dataset.id, candidates)] * 16)
        assert names == ["photo.jpg"] * 16
        assert stores.images.reserve_name(new_receipt(), dataset.id, candidates) == "photo-1.jpg"

    def test_an_image_whose_name_was_given_up_is_not_recorded(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset, "photo.jpg")
        stores.images.release_name(image.id, HOLDER, after(9))
        with pytest.raises(TransientFault):
            stores.images.record(image, after(1))
        assert not stores.images.exists(image.id)
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, None)
        receipt = stores.receipts.get(image.receipt_id)
        assert receipt is not None
        assert receipt.state is ReceiptState.RECEIVED
