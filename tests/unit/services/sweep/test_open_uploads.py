"""Uploads whose file went away, or never came."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.uploads import Source, UploadSession
from tests.unit.services.sweep.sweeping import assert_nothing_left, sweep
from tests.unit.services.world import World, a_photo


def test_bytes_that_never_came_end_as_a_rejection_after_an_hour(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False)
    assert sweep(world) == {}
    world.clock.advance(3600)
    sweep(world)
    assert world.receipt(receipt).state is ReceiptState.REJECTED
    assert world.receipt(receipt).reason == (
        "front.jpg: it did not arrive: the request that carried it was cut off"
    )


def test_bytes_that_come_after_all_begin_the_upload_anew(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False, source=Source.SESSION)
    world.clock.advance(8 * 24 * 3600)
    sweep(world)
    world.ingest(world.put(receipt.key, a_photo()))
    assert world.receipt(receipt).state is ReceiptState.STORED
    assert_nothing_left(world)


def test_a_sessions_files_are_awaited_until_it_expires(world: World) -> None:
    receipt = world.announce("front.jpg", b"", put=False, source=Source.SESSION)
    assert receipt.upload_id is not None
    expiry = world.clock() + timedelta(days=7)
    world.ports.sessions.open(
        UploadSession(receipt.upload_id, world.dataset().id, "vedant", world.clock(), expiry)
    )
    world.clock.advance(6 * 24 * 3600)
    assert sweep(world) == {}
    world.clock.advance(24 * 3600)
    sweep(world)
    assert world.receipt(receipt).reason == (
        "front.jpg: it was not uploaded before its upload session expired"
    )


def test_a_file_that_was_removed_before_it_was_ingested_ends_as_a_rejection(world: World) -> None:
    version = world.drop("cards/front.jpg", a_photo())
    world.ports.persist.fail_next()
    with suppress(TransientFault):
        world.ingest(version)
    world.ports.store.delete([version.key])
    assert len(sweep(world)) == 1
    (receipt,) = world.receipts()
    assert receipt.reason == "front.jpg: it was removed or replaced before it could be ingested"
    sweep(world)
    assert world.ports.state.entries == {}
    assert world.objects("thumbs/") == {}
    assert sweep(world) == {}
