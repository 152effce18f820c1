"""What an `ImageStore` promises about `retire` and `forget`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.datasets import DatasetTotals
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.images import ImageState
from chalicelib.domain.leftovers import HOLD_SECONDS
from chalicelib.domain.paging import PageRequest
from chalicelib.ports.records import ImageStore

from .image_records import assert_counted
from .nasty_names import NASTY_NAMES
from .rows import HOLDER, NOON, Stores, after, new_dataset, new_receipt, reserve, store
from .threads import at_once


class ImageRemovalContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ImageStore,)

    def test_retired_images_leave_the_listing_and_the_totals(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        kept, gone, gone_too = (
            store(stores, dataset, name, size=size)
            for name, size in (("kept.jpg", 1), ("gone.jpg", 20), ("gone too.jpg", 300))
        )
        retired = stores.images.retire(dataset.id, ["gone.jpg", "gone too.jpg"], HOLDER, after(1))
        assert sorted(retired, key=lambda image: image.order) == [gone, gone_too]
        assert stores.images.page(dataset.id, PageRequest()).rows == [kept]
        assert list(stores.images.urls(dataset.id)) == [kept.persisted.url]
        assert [stores.images.exists(image.id) for image in (kept, gone, gone_too)] == [True, False, False]
        assert stores.datasets.totals(dataset.id) == DatasetTotals(1, 1, after(1))

    def test_every_name_can_be_retired_and_takes_no_other_with_it(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [store(stores, dataset, name) for name in NASTY_NAMES]
        while images:
            image = images.pop()
            assert stores.images.retire(dataset.id, [image.name], HOLDER, after(1)) == [image]
            assert stores.images.page(dataset.id, PageRequest()).rows == images

    def test_names_that_are_not_there_and_names_given_twice_do_no_harm(self, stores: Stores) -> None:
        dataset, other = new_dataset(stores), new_dataset(stores)
        image, namesake = store(stores, dataset, "a.jpg"), store(stores, other, "a.jpg")
        assert stores.images.retire(dataset.id, [], HOLDER, after(1)) == []
        assert stores.images.retire(dataset.id, ["missing.jpg", "$a", "A.JPG"], HOLDER, after(1)) == []
        assert stores.datasets.totals(dataset.id) == DatasetTotals(1, image.size, NOON)
        assert stores.images.retire(dataset.id, ["a.jpg", "missing.jpg", "a.jpg"], HOLDER, after(2)) == [
            image
        ]
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, after(2))
        assert stores.images.exists(namesake.id)
        assert stores.datasets.totals(other.id) == DatasetTotals(1, namesake.size, NOON)

    def test_a_removal_that_did_not_finish_is_handed_out_again_until_forgotten(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset, "a.jpg")
        for minute in (1, 2):
            assert stores.images.retire(dataset.id, ["a.jpg"], HOLDER, after(minute)) == [image]
        assert stores.datasets.totals(dataset.id) == DatasetTotals(0, 0, after(1))
        stores.images.forget([image.id], HOLDER, after(9))
        assert stores.images.retire(dataset.id, ["a.jpg"], HOLDER, after(3)) == []

    def test_forgetting_touches_only_retired_images(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        live, arriving = store(stores, dataset, "live.jpg"), reserve(stores, dataset, "arriving.jpg")
        stores.images.forget([], HOLDER, after(9))
        stores.images.forget(iter([live.id, arriving.id, new_receipt().image_id]), HOLDER, after(9))
        assert stores.images.page(dataset.id, PageRequest()).rows == [live]
        stores.images.record(arriving, after(1))
        assert_counted(stores, dataset.id, [live, arriving])

    def test_a_forgotten_name_can_be_used_by_a_new_image(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        old = store(stores, dataset, "a.jpg", size=10)
        stores.images.retire(dataset.id, ["a.jpg"], HOLDER, after(1))
        stores.images.forget([old.id], HOLDER, after(9))
        new = store(stores, dataset, "a.jpg", size=3)
        assert_counted(stores, dataset.id, [new])

    def test_one_image_retired_by_many_at_once_is_subtracted_once(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        kept, gone = store(stores, dataset, "kept.jpg", size=5), store(stores, dataset, "gone.jpg")
        outcomes = at_once([partial(stores.images.retire, dataset.id, ["gone.jpg"], HOLDER, after(1))] * 16)
        assert outcomes == [[gone]] * 16
        assert_counted(stores, dataset.id, [kept])

    def test_overlapping_removals_at_once_keep_the_totals_exact(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [store(stores, dataset, f"{n}.jpg", size=1000 + n) for n in range(20)]
        names = [image.name for image in images]
        at_once(
            [partial(stores.images.retire, dataset.id, names[n : n + 4], HOLDER, after(1)) for n in range(12)]
        )
        assert_counted(stores, dataset.id, images[15:])

    def test_recording_and_retiring_at_once_keep_totals_and_listing_together(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        images = [reserve(stores, dataset, f"{n}.jpg", size=1000 + n) for n in range(24)]
        jobs: list[Callable[[], object]] = [
            *(partial(stores.images.record, image, NOON) for image in images),
            *(partial(stores.images.record, image, NOON) for image in images[::3]),
            *(
                partial(stores.images.retire, dataset.id, [image.name], HOLDER, after(1))
                for image in images[::2]
            ),
        ]
        at_once(jobs)
        assert_counted(stores, dataset.id, [image for image in images if stores.images.exists(image.id)])
        assert all(stores.images.exists(image.id) for image in images[1::2])

    def test_a_name_stays_taken_as_long_as_anybody_else_may_remove_its_object(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset, "a.jpg")
        stores.images.retire(dataset.id, ["a.jpg"], "slow", after(1))
        assert stores.images.retire(dataset.id, ["a.jpg"], "fast", after(1)) == [image]
        assert stores.images.forget([image.id], "fast", after(1)) == {image.id}
        with pytest.raises(TransientFault):
            store(stores, dataset, "a.jpg")
        assert stores.images.forget([image.id], "slow", after(1)) == set()
        assert store(stores, dataset, "a.jpg").name == "a.jpg"

    def test_a_hold_whose_holder_must_have_ended_keeps_no_name(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset, "a.jpg")
        stores.images.retire(dataset.id, ["a.jpg"], "died", NOON)
        for seconds, stay in ((HOLD_SECONDS - 1, {image.id}), (HOLD_SECONDS, set())):
            at = NOON + timedelta(seconds=seconds)
            assert stores.images.hold([image.id], ImageState.RETIRED, "sweep", at) == {image.id}
            assert stores.images.forget([image.id], "sweep", at) == stay

    def test_only_what_is_in_the_given_state_can_be_held(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        live, arriving = store(stores, dataset, "live.jpg"), reserve(stores, dataset, "arriving.jpg")
        both = [live.id, arriving.id, new_receipt().image_id]
        assert stores.images.hold(both, ImageState.LIVE, HOLDER, NOON) == {live.id}
        assert stores.images.hold(both, ImageState.ARRIVING, "another", NOON) == {arriving.id}
        assert stores.images.hold(both, ImageState.RETIRED, "a third", NOON) == set()

    def test_an_image_that_is_held_while_it_is_deleted_keeps_its_name_until_let_go(
        self, stores: Stores
    ) -> None:
        dataset = new_dataset(stores)
        image = store(stores, dataset, "a.jpg")
        stores.images.hold([image.id], ImageState.LIVE, "restoring", NOON)
        stores.images.retire(dataset.id, ["a.jpg"], HOLDER, NOON)
        assert stores.images.forget([image.id], HOLDER, NOON) == {image.id}
        stores.images.let_go(image.id, "restoring")
        assert stores.images.forget([image.id], HOLDER, NOON) == set()

    def test_a_reservation_that_others_hold_is_not_released(self, stores: Stores) -> None:
        dataset = new_dataset(stores)
        arriving = reserve(stores, dataset, "a.jpg")
        for holder in ("one", "another"):
            stores.images.hold([arriving.id], ImageState.ARRIVING, holder, NOON)
        assert not stores.images.release_name(arriving.id, "one", NOON)
        assert stores.images.release_name(arriving.id, "another", NOON)
        assert stores.images.release_name(arriving.id, "another", NOON)
