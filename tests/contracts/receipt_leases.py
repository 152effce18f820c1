"""What a `ReceiptStore` promises about leases: one upload has one worker at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.errors import IngestInProgress
from chalicelib.domain.ids import ReceiptId
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.ports.records import ReceiptStore

from .rows import Stores, after, new_dataset, new_receipt, store
from .threads import at_once

OVER = -1.0
"""Seconds of a lease that has run out when it begins, so that no test waits for one."""


class ReceiptLeasesContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (ReceiptStore,)

    def test_a_claim_counts_an_attempt(self, stores: Stores) -> None:
        receipt = _announced(stores)
        claimed = stores.receipts.claim(receipt.id, "worker", 60)
        assert claimed == replace(receipt, state=ReceiptState.RECEIVED, attempts=1)
        assert stores.receipts.get(receipt.id) == claimed

    def test_what_nobody_announced_cannot_be_claimed(self, stores: Stores) -> None:
        assert stores.receipts.claim(ReceiptId("0" * 32), "worker", 60) is None
        assert stores.receipts.get(ReceiptId("0" * 32)) is None

    def test_what_nobody_announced_can_begin_with_its_claim(self, stores: Stores) -> None:
        receipt = new_receipt()
        begun = stores.receipts.claim_new(receipt, "worker", 60)
        assert begun == replace(receipt, state=ReceiptState.RECEIVED, attempts=1)
        assert stores.receipts.get(receipt.id) == begun
        with pytest.raises(IngestInProgress):
            stores.receipts.claim(receipt.id, "another worker", 60)

    def test_what_has_begun_before_is_claimed_as_it_began(self, stores: Stores) -> None:
        first, second = new_receipt(), new_receipt()
        stores.receipts.claim_new(first, "worker", 60)
        again = replace(second, id=first.id)
        with pytest.raises(IngestInProgress):
            stores.receipts.claim_new(again, "another worker", 60)
        claimed = stores.receipts.claim_new(again, "worker", 60)
        assert claimed == replace(first, state=ReceiptState.RECEIVED, attempts=2)
        stores.receipts.reject(first, RejectionKind.DAMAGED, "not an image", after(1))
        assert stores.receipts.claim_new(again, "another worker", 60) == stores.receipts.get(first.id)

    def test_of_many_that_begin_one_upload_at_once_one_wins(self, stores: Stores) -> None:
        receipts = [replace(new_receipt(), id=ReceiptId("7" * 32)) for _ in range(32)]
        outcomes = at_once(
            [partial(stores.receipts.claim_new, it, f"worker {n}", 60) for n, it in enumerate(receipts)]
        )
        won = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
        assert (len(won), won[0].attempts) == (1, 1)
        assert sum(isinstance(outcome, IngestInProgress) for outcome in outcomes) == 31

    def test_a_leased_upload_is_not_given_to_another_worker(self, stores: Stores) -> None:
        receipt = _announced(stores)
        claimed = stores.receipts.claim(receipt.id, "worker", 60)
        with pytest.raises(IngestInProgress) as refusal:
            stores.receipts.claim(receipt.id, "another worker", 60)
        assert refusal.value.receipt_id == receipt.id
        assert stores.receipts.get(receipt.id) == claimed

    def test_the_same_worker_may_claim_again(self, stores: Stores) -> None:
        receipt = _announced(stores)
        for attempt in (1, 2, 3):
            claimed = stores.receipts.claim(receipt.id, "worker $1", 60)
            assert claimed == replace(receipt, state=ReceiptState.RECEIVED, attempts=attempt)

    def test_claiming_again_lengthens_the_lease(self, stores: Stores) -> None:
        receipt = _announced(stores)
        stores.receipts.claim(receipt.id, "worker", OVER)
        stores.receipts.claim(receipt.id, "worker", 60)
        with pytest.raises(IngestInProgress):
            stores.receipts.claim(receipt.id, "another worker", 60)

    def test_a_lease_that_has_run_out_is_taken_over(self, stores: Stores) -> None:
        receipt = _announced(stores)
        stores.receipts.claim(receipt.id, "worker that died", OVER)
        claimed = stores.receipts.claim(receipt.id, "another worker", 60)
        assert claimed == replace(receipt, state=ReceiptState.RECEIVED, attempts=2)
        with pytest.raises(IngestInProgress):
            stores.receipts.claim(receipt.id, "worker that died", 60)

    def test_a_failed_attempt_ends_its_lease_and_the_next_one_its_reason(self, stores: Stores) -> None:
        receipt = _announced(stores)
        stores.receipts.claim(receipt.id, "worker", 60)
        stores.receipts.fail(receipt.id, "persist: 503")
        claimed = stores.receipts.claim(receipt.id, "another worker", 60)
        assert claimed == replace(receipt, state=ReceiptState.RECEIVED, attempts=2, reason=None)

    def test_a_settled_upload_is_given_to_everybody_and_leased_to_nobody(self, stores: Stores) -> None:
        receipt = _announced(stores)
        stores.receipts.reject(receipt, RejectionKind.DAMAGED, "not an image", after(1))
        image = store(stores, new_dataset(stores))
        for receipt_id in (receipt.id, image.receipt_id):
            settled = stores.receipts.get(receipt_id)
            for owner in ("worker", "another worker"):
                assert stores.receipts.claim(receipt_id, owner, 60) == settled
            assert stores.receipts.get(receipt_id) == settled

    def test_of_many_claiming_at_once_one_wins(self, stores: Stores) -> None:
        receipt = _announced(stores)
        outcomes = at_once([partial(stores.receipts.claim, receipt.id, f"worker {n}", 60) for n in range(32)])
        won = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, IngestInProgress)]
        assert (len(won), len(lost)) == (1, 31)
        assert won == [replace(receipt, state=ReceiptState.RECEIVED, attempts=1)]

    def test_of_many_taking_over_a_dead_workers_upload_at_once_one_wins(self, stores: Stores) -> None:
        receipt = _announced(stores)
        stores.receipts.claim(receipt.id, "worker that died", OVER)
        outcomes = at_once([partial(stores.receipts.claim, receipt.id, f"worker {n}", 60) for n in range(16)])
        assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 1
        final = stores.receipts.get(receipt.id)
        assert final is not None
        assert final.attempts == 2

    def test_one_workers_many_claims_at_once_are_all_counted(self, stores: Stores) -> None:
        receipt = _announced(stores)
        outcomes = at_once([partial(stores.receipts.claim, receipt.id, "worker", 60)] * 16)
        attempts = [outcome.attempts for outcome in outcomes if isinstance(outcome, Receipt)]
        assert sorted(attempts) == list(range(1, 17))


def _announced(stores: Stores) -> Receipt:
    receipt = new_receipt()
    stores.receipts.announce([receipt])
    return receipt
