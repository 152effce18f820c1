"""What a `LeftoverStore` and a `TotalsStore` promise to the sweep."""

from __future__ import annotations

from typing import ClassVar, Protocol

from chalicelib.domain.ids import ImageId
from chalicelib.domain.images import ImageState
from chalicelib.domain.leftovers import Backlog, Drift, Reservation
from chalicelib.domain.new_receipts import upload_order
from chalicelib.domain.receipts import ReceiptState
from chalicelib.ports.upkeep import LeftoverStore, TotalsStore

from .rows import HOLDER, NOON, Stores, after, new_dataset, new_receipt, reserve, store
from .threads import at_once


class SweptStores(Stores, Protocol):
    """The stores of one database, and what the sweep sees of it."""

    @property
    def leftovers(self) -> LeftoverStore: ...
    @property
    def totals(self) -> TotalsStore: ...


class LeftoversContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (LeftoverStore, TotalsStore)

    def test_progress_is_that_of_the_receipts_that_exist(self, stores: SweptStores) -> None:
        image = store(stores, new_dataset(stores))
        coming = new_receipt()
        stores.receipts.announce([coming])
        found = stores.leftovers.progress([image.receipt_id, coming.id, new_receipt().id])
        assert set(found) == {image.receipt_id, coming.id}
        stored = found[image.receipt_id]
        assert (stored.state, stored.image_id, stored.finished_at) == (ReceiptState.STORED, image.id, NOON)
        assert (found[coming.id].state, found[coming.id].finished_at) == (ReceiptState.EXPECTED, None)

    def test_open_uploads_are_those_announced_before_and_not_final(self, stores: SweptStores) -> None:
        old, older, young = (new_receipt(announced_at=after(minutes)) for minutes in (-1, -2, 1))
        store(stores, new_dataset(stores))
        stores.receipts.announce([old, older, young])
        stores.receipts.claim(old.id, "worker", 60)
        assert [receipt.id for receipt in stores.leftovers.open_uploads(NOON)] == [older.id, old.id]

    def test_many_open_uploads_of_one_moment_are_all_read(self, stores: SweptStores) -> None:
        receipts = [new_receipt() for _ in range(2_500)]
        stores.receipts.announce(receipts)
        found = [receipt.id for receipt in stores.leftovers.open_uploads(after(1))]
        assert sorted(found) == sorted(receipt.id for receipt in receipts)

    def test_what_has_begun_since_a_time_is_counted_however_far_it_is(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        orders = [upload_order(after(minutes), "0" * 24) for minutes in (-2, -1, 0, 1, 2)]
        receipts = [new_receipt(dataset.id, order=order) for order in orders]
        stores.receipts.announce(receipts)
        stores.receipts.claim(receipts[3].id, "worker", 60)
        stores.receipts.fail(receipts[3].id, "persist: answered 503")
        assert stores.leftovers.begun_since(after(-5)) == 5
        assert stores.leftovers.begun_since(NOON) == 3
        assert stores.leftovers.begun_since(after(5)) == 0

    def test_an_ended_lease_can_be_taken_by_anybody(self, stores: SweptStores) -> None:
        receipt = new_receipt()
        stores.receipts.announce([receipt])
        stores.receipts.claim(receipt.id, "killed", 3600)
        assert stores.leftovers.end_leases() == 1
        assert stores.receipts.claim(receipt.id, "another", 60) is not None

    def test_the_backlog_counts_failed_uploads_and_knows_the_oldest(self, stores: SweptStores) -> None:
        assert stores.leftovers.backlog() == Backlog(0, None)
        for minutes in (2, 1, 3):
            receipt = new_receipt(announced_at=after(minutes), order=f"{minutes}")
            stores.receipts.announce([receipt])
            if minutes != 1:
                stores.receipts.fail(receipt.id, "persist: answered 503")
        assert stores.leftovers.backlog() == Backlog(2, after(2))

    def test_reservations_and_retired_images_are_told_apart(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        arriving = reserve(stores, dataset, "a")
        store(stores, dataset, "b")
        gone = store(stores, dataset, "c")
        stores.images.retire(dataset.id, ["c"], HOLDER, NOON)
        far = after(60 * 24 * 365 * 100)
        assert list(stores.leftovers.reservations(far)) == [
            Reservation(arriving.id, arriving.receipt_id, dataset.id, "a")
        ]
        assert list(stores.leftovers.retired(far)) == [gone]

    def test_an_entrys_state_follows_it_through_its_life(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        image = reserve(stores, dataset, "a")
        seen = [stores.leftovers.image_state(image.id)]
        stores.images.record(image, NOON)
        seen.append(stores.leftovers.image_state(image.id))
        stores.images.retire(dataset.id, ["a"], HOLDER, NOON)
        seen.append(stores.leftovers.image_state(image.id))
        stores.images.forget([image.id], HOLDER, after(9))
        assert [*seen, stores.leftovers.image_state(image.id)] == [*ImageState, None]

    def test_only_live_images_are_live_and_every_entry_holds_its_name(self, stores: SweptStores) -> None:
        dataset, other = new_dataset(stores), new_dataset(stores)
        images = [reserve(stores, dataset, "a"), store(stores, dataset, "b"), store(stores, dataset, "c")]
        stores.images.retire(dataset.id, ["c"], HOLDER, NOON)
        assert stores.leftovers.live_among([image.id for image in images]) == {images[1].id}
        assert stores.leftovers.names_taken(dataset.id, ["a", "b", "c", "d"]) == {"a", "b", "c"}
        assert stores.leftovers.names_taken(other.id, ["a", "b", "c", "d"]) == set()

    def test_a_held_name_is_taken_until_it_is_released(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        held = stores.leftovers.hold_name(dataset.id, "a", HOLDER, NOON)
        assert held is not None
        assert stores.leftovers.hold_name(dataset.id, "a", HOLDER, NOON) is None
        receipt = new_receipt(dataset.id, "a")
        assert stores.images.reserve_name(receipt, dataset.id, ["a", "a-2"]) == "a-2"
        stores.images.release_name(held, HOLDER, after(9))
        assert stores.leftovers.image_state(held) is None
        assert stores.leftovers.names_taken(dataset.id, ["a"]) == set()

    def test_an_images_name_cannot_be_held(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        store(stores, dataset, "a")
        assert stores.leftovers.hold_name(dataset.id, "a", HOLDER, NOON) is None

    def test_of_many_who_want_to_hold_a_name_one_does(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        held: list[ImageId | None] = []
        at_once([lambda: held.append(stores.leftovers.hold_name(dataset.id, "a", HOLDER, NOON))] * 8)
        assert len([image_id for image_id in held if image_id]) == 1

    def test_totals_of_whole_datasets_do_not_drift(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        for name in "abc":
            store(stores, dataset, name, size=10)
        stores.images.retire(dataset.id, ["a"], HOLDER, NOON)
        assert stores.totals.drift(dataset.id) == stores.totals.correct(dataset.id) == Drift()
        assert stores.datasets.totals(dataset.id).images == 2

    def test_folding_counters_changes_no_total(self, stores: SweptStores) -> None:
        dataset = new_dataset(stores)
        for name in "abcd":
            store(stores, dataset, name)
        far = after(60 * 24 * 365 * 50)
        before = stores.datasets.totals(dataset.id)
        scattered = dataset.id in stores.totals.scattered(far)
        assert (stores.totals.fold(dataset.id, far) > 1) is scattered
        assert dataset.id not in stores.totals.scattered(far)
        assert stores.datasets.totals(dataset.id) == before
        assert stores.totals.drift(dataset.id) == Drift()
