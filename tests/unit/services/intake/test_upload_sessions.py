"""Upload sessions: every announced file ends once, whatever its client or the function goes through."""

from __future__ import annotations

from hashlib import sha256

import pytest

from chalicelib.domain.errors import DatasetNotFound, InvalidParameters, UploadNotFound
from chalicelib.domain.ids import DatasetId, UploadId
from chalicelib.domain.paging import PageRequest
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.uploads import DeclaredFile, Target
from chalicelib.services.intake.upload_sessions import PutRequests
from tests.fakes.crashes import InLine, OneLife
from tests.fakes.faults import Crash, When
from tests.unit.services.world import EDITOR, World, a_photo, assert_whole

CARDS = Target(dataset_name="cards")


def declared(*seeds: int) -> list[DeclaredFile]:
    """The photos with these seeds, as a client declares them."""
    return [
        DeclaredFile(f"{seed}.jpg", len(a_photo(seed)), sha256(a_photo(seed)).hexdigest()) for seed in seeds
    ]


def put_all(world: World, answer: PutRequests) -> None:
    """Send every presigned request with the bytes of its file, and deliver the events."""
    for file in answer.files:
        assert world.ports.store.send(file.request, a_photo(int(file.name.partition(".")[0])))
    for key in world.ports.store.keys("incoming/"):
        world.ingest(world.version(key))


def test_announced_files_become_images_in_the_order_of_their_announcement() -> None:
    world = World()
    sessions = world.services.upload_sessions
    first = sessions.announce(CARDS, declared(3, 1), EDITOR)
    more = sessions.announce(Target(upload_id=first.session.id), declared(2), EDITOR)
    for answer in (more, first):
        put_all(world, answer)
    assert [image.name for image in world.images()] == ["3.jpg", "1.jpg", "2.jpg"]
    status = sessions.status(first.session.id, PageRequest())
    assert (status.tally.stored, status.tally.expected, status.tally.complete) == (3, 3, True)
    assert_whole(world)


def test_the_tally_adds_up_at_every_moment() -> None:
    world = World()
    sessions = world.services.upload_sessions
    answer = sessions.announce(CARDS, [*declared(1, 2, 3), DeclaredFile("empty.jpg", 0)], EDITOR)
    assert [refused.reason for refused in answer.refused] == ["empty.jpg: it is empty"]
    assert [file.name for file in answer.files] == ["1.jpg", "2.jpg", "3.jpg"]
    tally = sessions.status(answer.session.id, PageRequest()).tally
    assert (tally.expected, tally.rejected, tally.pending, tally.complete) == (4, 1, 3, False)
    put_all(world, answer)
    tally = sessions.status(answer.session.id, PageRequest()).tally
    assert (tally.expected, tally.rejected, tally.stored, tally.complete) == (4, 1, 3, True)


def test_a_client_that_lost_its_requests_gets_new_ones_for_what_is_missing() -> None:
    world = World()
    sessions = world.services.upload_sessions
    answer = sessions.announce(CARDS, declared(1, 2, 3), EDITOR)
    assert world.ports.store.send(answer.files[1].request, a_photo(2))
    for key in world.ports.store.keys("incoming/"):
        world.ingest(world.version(key))
    world.clock.advance(12 * 3600)
    renewed, page = sessions.renew(answer.session.id, PageRequest(1000))
    assert [file.name for file in renewed.files] == ["1.jpg", "3.jpg"]
    assert page.next_cursor is None
    put_all(world, renewed)
    assert len(world.images()) == 3
    assert_whole(world)


def test_a_call_repeated_under_its_key_announces_nothing_again() -> None:
    world = World()
    sessions = world.services.upload_sessions
    first, again = (sessions.announce(CARDS, declared(1, 2), EDITOR, "key") for _ in range(2))
    assert first.session == again.session
    assert len(world.receipts()) == 2
    with pytest.raises(InvalidParameters):
        sessions.announce(CARDS, declared(1), EDITOR, "key")


def test_an_expired_or_unknown_session_takes_no_more_files() -> None:
    world = World()
    sessions = world.services.upload_sessions
    answer = sessions.announce(CARDS, declared(1), EDITOR)
    world.clock.advance(7 * 24 * 3600)
    for upload_id in (answer.session.id, UploadId("0" * 24)):
        with pytest.raises(UploadNotFound):
            sessions.announce(Target(upload_id=upload_id), declared(2), EDITOR)
        with pytest.raises(UploadNotFound):
            sessions.renew(upload_id, PageRequest(10))
    with pytest.raises(DatasetNotFound):
        sessions.announce(Target(dataset_id=DatasetId("0" * 24)), declared(2), EDITOR)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_a_repeat_under_the_same_key_announces_each_file_once(when: When) -> None:
    clean = OneLife()
    World(clean, InLine()).services.upload_sessions.announce(CARDS, declared(1, 2), EDITOR, "key")
    steps = len(clean.calls)
    assert steps >= 6
    for step in range(steps):
        faults = OneLife()
        world = World(faults, InLine())
        faults.crash_at_call(step, when)
        with pytest.raises(Crash):
            world.services.upload_sessions.announce(CARDS, declared(1, 2), EDITOR, "key")
        faults.begin_again()
        answer = world.services.upload_sessions.announce(CARDS, declared(1, 2), EDITOR, "key")
        put_all(world, answer)
        assert len(world.images()) == len(world.receipts(ReceiptState.STORED)) == 2
        assert_whole(world)
