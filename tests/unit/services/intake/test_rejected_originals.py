"""A rejected original is kept, whatever it is called and whoever dropped it."""

from __future__ import annotations

import pytest

from chalicelib.bootstrap import Services
from chalicelib.config import Config, TokenConfig
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.receipts import ReceiptState
from tests.contracts.nasty_names import NASTY_NAMES
from tests.fakes.ports import InMemoryPorts

CONFIG = Config("laptop", "photos", "mongodb://db.test/nebula", TokenConfig("0" * 32))
LONGEST_KEYS = [
    ObjectKey(("drop/cards/" + letter * 1024).encode()[:1024].decode(errors="ignore")) for letter in "x長"
]


@pytest.mark.parametrize(
    "key", [*LONGEST_KEYS, *(ObjectKey(f"drop/cards/{name}") for name in (*NASTY_NAMES, ".."))]
)
def test_a_broken_file_of_any_name_and_uploader_is_kept_with_its_reason(key: ObjectKey) -> None:
    ports = InMemoryPorts()
    ports.store.put(key, b"not an image", metadata={"uploaded-by": "長" * 400})
    head = ports.store.head(key)
    assert head is not None

    outcome = Services(CONFIG, ports).ingest.ingest(head.version, "worker")

    assert outcome.receipt is not None
    receipt = ports.receipts.get(outcome.receipt.id)
    assert receipt is not None
    assert receipt.state is ReceiptState.REJECTED
    assert receipt.reason
    assert receipt.reason.startswith(f"{receipt.name}: ")
    (kept,) = ports.store.keys("rejected/")
    original = ports.store.get(kept)
    assert original.body == b"not an image"
    assert receipt.reason.startswith(original.metadata["reason"])
    assert key.startswith(original.metadata["key"])
    assert receipt.uploaded_by.startswith(original.metadata["uploaded-by"])
