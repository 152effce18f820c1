"""The persist service fails in every way it can, over real HTTP; no upload is lost or doubled."""

from __future__ import annotations

from hashlib import sha256

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.receipts import ReceiptState
from testing.persist_server.faults import Fault, RemotePersistServer
from testing.photos import photo_jpeg

from .engines import Ends, EngineWorld, assert_whole

FAULTS = {
    "answers 503": Fault("refuse", status=503),
    "answers 500": Fault("refuse", status=500),
    "hangs": Fault("hang"),
    "cuts the connection": Fault("cut"),
    "cuts the connection after it stored the file": Fault("cut_after"),
    "answers after the timeout": Fault("late", seconds=1.5),
    "answers nonsense": Fault("malformed", body="<html>"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_upload_waits_until_persist_is_well_again(
    world_with_persist: EngineWorld, persist_server: RemotePersistServer, fault: Fault
) -> None:
    world = world_with_persist
    versions = [
        world.drop("cards/a.jpg", photo_jpeg(1, 64, 48)),
        world.announce("b.jpg", photo_jpeg(2, 64, 48)),
    ]
    persist_server.plan(fault, times=40)
    for version in versions:
        with pytest.raises(TransientFault):
            world.ingest(version)
    assert {receipt.state for receipt in world.receipts()} == {ReceiptState.FAILED}
    assert all((receipt.reason or "").startswith("persist: ") for receipt in world.receipts())
    assert world.objects("trove/") == {}
    assert world.sweep() == 2, "the sweep tries again while persist is down"
    persist_server.heal()

    world.sweep()

    assert assert_whole(world) == Ends(2, 0)
    assert world.sweep() == 0


def test_an_answer_that_was_recorded_is_never_asked_for_again(
    world_with_persist: EngineWorld, persist_server: RemotePersistServer
) -> None:
    world = world_with_persist
    bodies = [photo_jpeg(1_000 + n, 64, 48) for n in range(4)]
    versions = [world.drop(f"cards/{n}.jpg", body) for n, body in enumerate(bodies)]
    for version, call in zip(
        versions, ("store.copy", "images.record", "store.copy", "images.record"), strict=True
    ):
        world.faults.plan(call, TransientFault(call, "was told to fail"))
        with pytest.raises(TransientFault):
            world.ingest(version)
    noted = [receipt.persisted for receipt in world.receipts()]
    assert all(noted)
    before = persist_server.attempts
    for version in versions:
        world.ingest(version)
    assert persist_server.attempts == before
    stored = [file.sha256 for file in persist_server.files]
    assert [stored.count(sha256(body).hexdigest()) for body in bodies] == [1, 1, 1, 1]
    assert {image.persisted for image in world.images()} == set(noted)
    assert assert_whole(world) == Ends(4, 0)
