"""What a `ReceiptStore` promises about counting and listing receipts."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.datasets import NotStored
from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.ids import DatasetId, ReceiptId, UploadId
from chalicelib.domain.new_receipts import new_upload_id
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Tally
from chalicelib.ports.records import ReceiptStore

from .nasty_names import NASTY_NAMES
from .paging import through_pages
from .rows import Stores, after, new_dataset, new_receipt, store


class ReceiptListingContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ReceiptStore,)

    def test_those_asked_for_come_in_the_order_asked(self, stores: Stores) -> None:
        receipts = [new_receipt(name=name) for name in "abc"]
        stores.receipts.announce(receipts)
        ids = [receipts[2].id, ReceiptId("0" * 32), receipts[0].id]
        assert stores.receipts.get_many(ids) == [receipts[2], receipts[0]]
        assert stores.receipts.get_many([]) == []

    def test_the_tally_counts_every_file_of_an_upload_once(self, stores: Stores) -> None:
        upload_id = new_upload_id()
        receipts = _in_all_states(stores, upload_id)
        stores.receipts.announce([new_receipt(), new_receipt(upload_id=None)])
        tally = stores.receipts.tally(upload_id)
        assert tally == Tally(stored=1, rejected=1, failed=1, pending=2)
        assert tally.expected == len(receipts)
        assert not tally.complete
        assert stores.receipts.tally(new_upload_id()) == Tally()

    def test_an_uploads_pages_show_each_of_its_files_once_in_order(self, stores: Stores) -> None:
        upload_id = new_upload_id()
        mine = [new_receipt(name=name, upload_id=upload_id) for name in NASTY_NAMES]
        stores.receipts.announce([*mine[::-1], new_receipt()])
        fetch = partial(stores.receipts.page_of_upload, upload_id)
        assert fetch(PageRequest()).rows == mine
        for limit in (1, 7, len(mine)):
            assert through_pages(fetch, limit=limit) == mine

    def test_an_uploads_files_are_listed_by_state(self, stores: Stores) -> None:
        upload_id = new_upload_id()
        receipts = _in_all_states(stores, upload_id)
        for receipt in receipts:
            page = stores.receipts.page_of_upload(upload_id, PageRequest(limit=5), receipt.state)
            assert page.rows == [receipt]
        assert stores.receipts.page_of_upload(upload_id, PageRequest()).rows == receipts

    def test_what_is_no_image_is_counted_by_dataset(self, stores: Stores) -> None:
        datasets = [new_dataset(stores) for _ in range(3)]
        busy, bad, done = datasets
        store(stores, done)
        waiting = [new_receipt(busy.id) for _ in range(4)]
        refused = [new_receipt(bad.id) for _ in range(2)]
        stores.receipts.announce([*waiting, *refused, new_receipt(None)])
        for receipt in waiting[:2]:
            stores.receipts.claim(receipt.id, "worker", 60)
        stores.receipts.fail(waiting[0].id, "persist: 503")
        for receipt in (*refused, waiting[3]):
            stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        expected = {busy.id: NotStored(pending=3, rejected=1), bad.id: NotStored(pending=0, rejected=2)}
        assert stores.receipts.not_stored([dataset.id for dataset in datasets]) == expected
        found = stores.receipts.not_stored()
        assert {dataset.id: found[dataset.id] for dataset in datasets if dataset.id in found} == expected
        assert stores.receipts.not_stored([bad.id]) == {bad.id: expected[bad.id]}
        assert stores.receipts.not_stored([done.id]) == {}

    def test_receipts_are_listed_by_dataset_and_state_in_upload_order(self, stores: Stores) -> None:
        dataset, other = new_dataset(stores), new_dataset(stores)
        mine = [new_receipt(dataset.id) for _ in range(6)]
        theirs, nobodys = new_receipt(other.id), new_receipt(None)
        stores.receipts.announce([nobodys, *mine[::-1], theirs])
        for receipt in mine[::2]:
            stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        expected, rejected = [ReceiptState.EXPECTED], [ReceiptState.REJECTED]

        def listed(dataset_id: DatasetId | None, states: list[ReceiptState], limit: int) -> list[ReceiptId]:
            fetch = partial(stores.receipts.page, dataset_id, states)
            return [receipt.id for receipt in through_pages(fetch, limit=limit)]

        ids = [receipt.id for receipt in mine]
        for limit in (1, 2, 10):
            assert listed(dataset.id, rejected, limit) == ids[::2]
            assert listed(dataset.id, expected, limit) == ids[1::2]
            assert listed(dataset.id, expected + rejected, limit) == ids
            assert listed(None, expected, limit) == [*ids[1::2], theirs.id, nobodys.id]
            assert listed(None, [ReceiptState.STORED], limit) == []

    def test_receipts_are_found_by_a_part_of_their_name_and_listed_from_the_newest(
        self, stores: Stores
    ) -> None:
        receipts = [new_receipt(name=name) for name in ("a.jpg", "B.JPG", "b.png", "a.b$c")]
        stores.receipts.announce(receipts)
        fetch = partial(stores.receipts.page, None, list(ReceiptState))
        assert through_pages(fetch, limit=1, search=".jpg") == receipts[:2]
        assert through_pages(fetch, limit=2, search="$") == receipts[3:]
        assert through_pages(fetch, limit=3, sort="-uploadDate") == receipts[::-1]

    def test_a_sort_that_does_not_exist_is_refused(self, stores: Stores) -> None:
        with pytest.raises(InvalidParameters):
            stores.receipts.page(None, list(ReceiptState), PageRequest(sort="reason"))
        with pytest.raises(InvalidParameters):
            stores.receipts.page_of_upload(new_upload_id(), PageRequest(sort="state"))


def _in_all_states(stores: Stores, upload_id: UploadId) -> list[Receipt]:
    """One stored, rejected, failed, received and expected receipt of an upload, in this order."""
    image = store(stores, new_dataset(stores), upload_id=upload_id)
    receipts = [new_receipt(upload_id=upload_id) for _ in range(4)]
    stores.receipts.announce(receipts)
    rejected, failed, received, _ = receipts
    for receipt in (failed, received):
        stores.receipts.claim(receipt.id, "worker", 60)
    stores.receipts.reject(rejected, RejectionKind.DAMAGED, "cut off", after(1))
    stores.receipts.fail(failed.id, "persist: 503")
    return stores.receipts.get_many([image.receipt_id, *(receipt.id for receipt in receipts)])
