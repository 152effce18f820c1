"""What clients read of a rejection: its code beside its reason, wherever the reason stands."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.api.speaking import file_part, text_part
from tests.unit.security.conftest import a_whole_system

EMPTY = {"reason": "damaged goods.jpg: it is empty", "code": "empty"}


def test_the_reply_of_a_create_gives_each_failure_its_code() -> None:
    with a_whole_system() as whole:
        reply = whole.api.post_form(
            "/dataset/create", text_part("name", "cards"), file_part("damaged goods.jpg", b"")
        )

        assert reply.json_body["failures"] == [{"name": "damaged goods.jpg", **EMPTY}]


def test_an_upload_session_and_the_receipts_give_the_code_and_a_stored_file_has_none() -> None:
    with a_whole_system() as whole:
        files = [{"name": "damaged goods.jpg", "size": 0}, {"name": "good.jpg", "size": 9}]
        announced = whole.api.post("/dataset/uploads", {"datasetName": "cards", "files": files}).json_body
        session = whole.api.get(f"/dataset/uploads/{announced['uploadID']}").json_body
        receipts = whole.api.get("/dataset/receipts").json_body["receipts"]

    assert announced["failures"] == [{"name": "damaged goods.jpg", **EMPTY}]
    assert session["files"][0] == {"name": "damaged goods.jpg", "state": "rejected", **EMPTY}
    assert "code" not in session["files"][1]
    assert [receipt.get("code") for receipt in receipts] == ["empty", None]


def test_a_receipt_from_before_the_codes_shows_none() -> None:
    with a_whole_system() as whole:
        whole.api.post("/dataset/uploads", {"datasetName": "cards", "files": [{"name": "a.jpg", "size": 0}]})
        [receipt] = whole.world.receipts()
        whole.world.ports.state.receipts[receipt.id] = replace(receipt, code=None)
        [row] = whole.api.get("/dataset/receipts").json_body["receipts"]

    assert row["reason"] == "a.jpg: it is empty"
    assert "code" not in row
