"""What a `ReceiptStore` promises about receipts and their ends."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

from chalicelib.domain.ids import DatasetId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.new_receipts import new_upload_id, renewed_receipt
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Source
from chalicelib.ports.records import ReceiptStore

from .nasty_names import NASTY_NAMES
from .rows import NOON, Stores, after, new_dataset, new_receipt, store
from .threads import at_once


class ReceiptStoreContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ReceiptStore,)

    def test_an_announced_receipt_comes_back_field_for_field(self, stores: Stores) -> None:
        full = new_receipt(
            DatasetId("0123456789abcdef01234567"),
            "a.b$c.jpg",
            source=Source.SESSION,
            upload_id=UploadId("89abcdef0123456789abcdef"),
            state=ReceiptState.FAILED,
            reason="persist: 503 $set",
            attempts=3,
            declared_size=5_000_000_000,
            declared_sha256="ab" * 32,
            persisted=PersistedFile("7", "/api/files/7/download/x.jpg"),
            finished_at=after(1),
        )
        bare = new_receipt(None, source=Source.DROP, upload_id=None)
        stores.receipts.announce([full, bare])
        assert [stores.receipts.get(receipt.id) for receipt in (full, bare)] == [full, bare]

    def test_every_name_key_user_and_reason_is_kept_letter_for_letter(self, stores: Stores) -> None:
        receipts = [
            new_receipt(name=name, key=ObjectKey(f"drop/{name}/{name}"), uploaded_by=name)
            for name in NASTY_NAMES
        ]
        stores.receipts.announce(receipts)
        for receipt in receipts:
            stores.receipts.reject(receipt, RejectionKind.DAMAGED, f"{receipt.name}: cut off", after(1))
        assert [stores.receipts.get(receipt.id) for receipt in receipts] == [
            replace(
                receipt,
                state=ReceiptState.REJECTED,
                reason=f"{receipt.name}: cut off",
                code=RejectionKind.DAMAGED,
                finished_at=after(1),
            )
            for receipt in receipts
        ]

    def test_a_receipt_nobody_announced_is_none(self, stores: Stores) -> None:
        assert stores.receipts.get(ReceiptId("0" * 32)) is None

    def test_announcing_again_changes_nothing_and_adds_the_new_ones(self, stores: Stores) -> None:
        known, new = new_receipt(), new_receipt()
        stores.receipts.announce([])
        stores.receipts.announce([known])
        stores.receipts.announce([replace(known, name="other.jpg"), new])
        assert [stores.receipts.get(receipt.id) for receipt in (known, new)] == [known, new]

    def test_of_many_announcing_one_upload_at_once_one_does(self, stores: Stores) -> None:
        attempts = [new_receipt(id=ReceiptId("5" * 32)) for _ in range(16)]
        assert at_once([partial(stores.receipts.announce, [attempt]) for attempt in attempts]) == [None] * 16
        assert stores.receipts.get(ReceiptId("5" * 32)) in attempts

    def test_a_rejection_tells_its_reason_its_time_and_the_uploader_found_meanwhile(
        self, stores: Stores
    ) -> None:
        receipt = _claimed(stores)
        stores.receipts.reject(
            replace(receipt, uploaded_by="mira"), RejectionKind.DAMAGED, "not an image", after(1)
        )
        assert stores.receipts.get(receipt.id) == replace(
            receipt,
            state=ReceiptState.REJECTED,
            reason="not an image",
            code=RejectionKind.DAMAGED,
            uploaded_by="mira",
            finished_at=after(1),
        )

    def test_an_end_is_final(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "not an image", after(1))
        image = store(stores, new_dataset(stores))
        for receipt_id in (receipt.id, image.receipt_id):
            settled = stores.receipts.get(receipt_id)
            assert settled is not None
            stores.receipts.reject(settled, RejectionKind.DAMAGED, "something else", after(2))
            stores.receipts.fail(receipt_id, "persist: 503")
            stores.receipts.announce([settled])
            assert stores.receipts.get(receipt_id) == settled

    def test_a_failed_attempt_says_why_and_leaves_the_upload_open(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        stores.receipts.fail(receipt.id, "persist: 503")
        assert stores.receipts.get(receipt.id) == replace(
            receipt, state=ReceiptState.FAILED, reason="persist: 503"
        )

    def test_the_persist_answer_outlives_the_attempt_that_got_it(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        answer = PersistedFile("26936493", "https://persist.test/api/files/26936493/download/a$b.jpg")
        stores.receipts.record_persisted(receipt.id, answer)
        stores.receipts.fail(receipt.id, "MongoDB: gone")
        again = stores.receipts.claim(receipt.id, "another worker", 60)
        assert again == replace(receipt, attempts=2, persisted=answer)

    def test_a_settled_upload_is_begun_afresh_as_given(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        stores.receipts.record_persisted(receipt.id, PersistedFile("7", "/x"))
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        image = store(stores, new_dataset(stores))
        for receipt_id in (receipt.id, image.receipt_id):
            settled = stores.receipts.get(receipt_id)
            assert settled is not None
            fresh = renewed_receipt(settled, after(2))
            assert stores.receipts.reopen(settled, fresh)
            assert stores.receipts.get(receipt_id) == fresh
            claimed = stores.receipts.claim(receipt_id, "anybody", 60)
            assert claimed == replace(fresh, state=ReceiptState.RECEIVED, attempts=1)

    def test_what_somebody_changed_meanwhile_is_not_begun_afresh(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        assert not stores.receipts.reopen(receipt, renewed_receipt(receipt, after(1)))
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        first_end = stores.receipts.get(receipt.id)
        assert first_end is not None
        assert stores.receipts.reopen(first_end, renewed_receipt(first_end, after(2)))
        assert not stores.receipts.reopen(first_end, renewed_receipt(first_end, after(2)))
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(3))
        second_end = stores.receipts.get(receipt.id)
        assert not stores.receipts.reopen(first_end, renewed_receipt(first_end, after(4)))
        assert stores.receipts.get(receipt.id) == second_end
        unknown = new_receipt(state=ReceiptState.REJECTED, finished_at=NOON)
        assert not stores.receipts.reopen(unknown, renewed_receipt(unknown, after(1)))
        assert stores.receipts.get(unknown.id) is None

    def test_of_many_beginning_an_upload_afresh_at_once_one_does(self, stores: Stores) -> None:
        receipt = _claimed(stores)
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "cut off", after(1))
        settled = stores.receipts.get(receipt.id)
        assert settled is not None
        fresh = [renewed_receipt(settled, after(2)) for _ in range(16)]
        done = at_once([partial(stores.receipts.reopen, settled, each) for each in fresh])
        assert sorted(map(bool, done)) == [False] * 15 + [True]
        assert stores.receipts.get(receipt.id) == fresh[done.index(True)]

    def test_an_upload_lists_its_own_receipts_in_order(self, stores: Stores) -> None:
        upload_id = new_upload_id()
        mine = [new_receipt(name=f"{n}.jpg", upload_id=upload_id, order=f"{n:03d}") for n in range(12)]
        stores.receipts.announce([*mine[::-2], new_receipt(), new_receipt(upload_id=None), *mine[::2]])
        assert stores.receipts.of_upload(upload_id) == mine
        assert stores.receipts.of_upload(new_upload_id()) == []

    def test_open_are_those_expected_and_those_being_worked_on(self, stores: Stores) -> None:
        upload_id = new_upload_id()
        receipts = [new_receipt(upload_id=upload_id, order=str(n)) for n in range(4)]
        stores.receipts.announce([*receipts, new_receipt()])
        counts = [stores.receipts.count_open(upload_id)]
        for receipt in receipts[:3]:
            stores.receipts.claim(receipt.id, "worker", 60)
        counts.append(stores.receipts.count_open(upload_id))
        stores.receipts.fail(receipts[0].id, "persist: 503")
        counts.append(stores.receipts.count_open(upload_id))
        stores.receipts.reject(receipts[1], RejectionKind.DAMAGED, "cut off", after(1))
        counts.append(stores.receipts.count_open(upload_id))
        stores.receipts.claim(receipts[0].id, "worker", 60)
        counts.append(stores.receipts.count_open(upload_id))
        assert counts == [4, 4, 3, 2, 3]
        assert stores.receipts.count_open(new_upload_id()) == 0


def _claimed(stores: Stores) -> Receipt:
    receipt = new_receipt(DatasetId("0123456789abcdef01234567"))
    stores.receipts.announce([receipt])
    claimed = stores.receipts.claim(receipt.id, "worker", 60)
    assert claimed == replace(receipt, state=ReceiptState.RECEIVED, attempts=1)
    return claimed
