"""A rejection's code: one on the receipt, in the replies and in the metric, whatever the file is called."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chalicelib import metrics
from chalicelib.domain.new_receipts import renewed_receipt
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.rejection import RejectionKind
from testing.photos import animated, photo_jpeg, photo_png
from tests.unit.services.world import BROKEN, World

KINDS: dict[RejectionKind, Callable[[], bytes]] = {
    RejectionKind.EMPTY: lambda: b"",
    RejectionKind.NOT_AN_IMAGE: lambda: b"only words",
    RejectionKind.UNSUPPORTED_FORMAT: lambda: b"%PDF-1.7",
    RejectionKind.UNSUPPORTED_PICTURE: lambda: photo_jpeg(1).replace(b"\xff\xc0", b"\xff\xc3", 1),
    RejectionKind.SEVERAL_PICTURES: lambda: animated("GIF"),
    RejectionKind.DAMAGED: lambda: BROKEN,
    RejectionKind.TOO_MANY_PIXELS: lambda: photo_png(1, 32_769, 1),
}


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("name", ["a.jpg", "damaged goods.jpg", "is empty, at most declared.jpg"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_rejection_bears_the_code_of_what_is_wrong_and_not_of_its_name(
    world: World, kind: RejectionKind, name: str
) -> None:
    outcome = world.ingest(world.drop(f"cards/{name}", KINDS[kind]()))

    (receipt,) = world.receipts(ReceiptState.REJECTED)
    assert (outcome.code, receipt.code) == (kind, kind)
    assert receipt.reason == outcome.reason


def test_a_repeat_tells_the_same_code_again(world: World) -> None:
    version = world.drop("cards/a.jpg", b"")
    first, again = world.ingest(version), world.ingest(version)

    assert again.repeated
    assert again.code == first.code == RejectionKind.EMPTY


def test_an_upload_that_begins_anew_has_no_code(world: World) -> None:
    world.ingest(world.drop("cards/a.jpg", b"only words"))
    (rejected,) = world.receipts(ReceiptState.REJECTED)

    assert renewed_receipt(rejected, world.clock()).code is None


def test_the_metric_counts_by_the_code(capsys: pytest.CaptureFixture[str], world: World) -> None:
    outcome = world.ingest(world.drop("cards/damaged goods.jpg", b""))
    metrics.publish_for("prod")
    try:
        metrics.object_settled(
            outcome.state, put_at=world.clock(), duration_ms=1, attempts=1, code=outcome.code
        )
    finally:
        metrics.publish_for(None)

    reasons = [json.loads(line).get("reason") for line in capsys.readouterr().out.splitlines()]
    assert reasons == [None, "empty"]


@pytest.mark.parametrize("code", [None, "of-a-later-version"])
def test_a_receipt_without_a_known_code_has_none(code: str | None) -> None:
    assert RejectionKind.of(code) is None
