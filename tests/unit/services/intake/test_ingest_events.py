"""Events come late, twice, at once and out of order; each upload is one image or one rejection."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import IngestInProgress, TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.receipts import ReceiptState
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.uploads import Source
from chalicelib.services.intake.claim import LEASE_SECONDS
from tests.unit.services.world import BROKEN, World, a_photo, assert_whole


@pytest.fixture
def world() -> World:
    return World()


def test_a_dropped_file_becomes_an_image_of_its_folders_dataset(world: World) -> None:
    world.ingest(world.drop("My cards/any/path/front 1+2 (ü).jpg", a_photo()))
    (image,) = world.images(world.dataset("My cards"))
    assert (image.name, image.uploaded_by) == ("front 1+2 (ü).jpg", "drop")
    assert world.objects("trove/") == {"trove/My%20cards/front 1+2 (ü).jpg": a_photo()}


def test_the_uploader_is_the_one_that_the_metadata_names(world: World) -> None:
    key = ObjectKey("drop/cards/front.jpg")
    world.ports.store.put(key, a_photo(), metadata={"uploaded-by": "Žofie"})
    world.ingest(world.version(key))
    assert world.images()[0].uploaded_by == "Žofie"


def test_a_rejection_names_the_uploader_of_the_metadata_too(world: World) -> None:
    key = ObjectKey("drop/cards/front.jpg")
    world.ports.store.put(key, BROKEN, metadata={"uploaded-by": "Žofie"})
    outcome = world.ingest(world.version(key))
    assert outcome.receipt is not None
    assert outcome.receipt.uploaded_by == world.receipts()[0].uploaded_by == "Žofie"


def test_a_dataset_bears_the_name_of_whoever_dropped_its_first_file(world: World) -> None:
    key = ObjectKey("drop/passports/front.jpg")
    world.ports.store.put(key, a_photo(), metadata={"uploaded-by": "Žofie"})
    world.ingest(world.version(key))
    world.ingest(world.drop("passports/back.jpg", a_photo(2)))
    assert world.ports.datasets.get_by_name("passports").created_by == "Žofie"


def test_a_drop_costs_few_calls_of_its_dependencies(world: World) -> None:
    world.ports.persist.keys_by_name = True
    world.ingest(world.drop("cards/first.jpg", a_photo()))
    version = world.drop("cards/second.jpg", a_photo(2))
    world.ports.faults.clear()
    world.ingest(version)
    assert sorted(world.ports.faults.calls) == [
        "bucket.copy",
        "bucket.get",
        "bucket.put",
        "datasets.get_by_name",
        "images.record",
        "images.reserve_name",
        "persist.upload",
        "receipts.claim_new",
    ]


def test_the_same_drop_again_changes_nothing(world: World) -> None:
    for _ in range(3):
        world.ingest(world.drop("cards/front.jpg", a_photo()), "each time another")
        world.clock.advance(3600)
    assert len(world.images()) == len(world.ports.persist.uploads) == 1
    assert_whole(world)


def test_changed_bytes_at_the_same_key_are_a_new_image(world: World) -> None:
    for seed in (1, 2):
        world.ingest(world.drop("cards/front.jpg", a_photo(seed)))
    first, second = world.images()
    assert first.name == "front.jpg"
    assert second.name.startswith("front-")
    assert_whole(world)


@pytest.mark.parametrize("times", [2, 7])
def test_an_event_delivered_again_changes_nothing(world: World, times: int) -> None:
    good, bad = world.drop("cards/front.jpg", a_photo()), world.announce("bad.jpg", BROKEN)
    events = [good, world.version(bad.key)] * times
    outcomes = [world.ingest(version, f"delivery {n}") for n, version in enumerate(events)]
    assert [outcome.repeated for outcome in outcomes] == [False] * 2 + [True] * (2 * times - 2)
    assert len(world.images()) == len(world.ports.persist.uploads) == 1
    assert_whole(world)


def test_an_event_delivered_many_times_at_once_gives_one_image(world: World) -> None:
    version = world.version(world.announce("front.jpg", a_photo()).key)

    def deliver(n: int) -> None:
        with suppress(IngestInProgress):
            world.ingest(version, f"delivery {n}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(deliver, range(16)))
    assert len(world.images()) == len(world.ports.persist.uploads) == 1
    assert_whole(world)


@pytest.mark.parametrize("seed", range(5))
def test_many_files_with_repeated_events_in_any_order_at_once_are_one_upload_each(
    world: World, seed: int
) -> None:
    shuffle = random.Random(seed)
    versions = [world.drop(f"cards/{n % 4}/{n // 4}.jpg", a_photo(n)) for n in range(12)]
    versions += [world.version(world.announce(f"{n}.jpg", a_photo(n)).key) for n in range(4)]
    versions += [world.drop(f"cards/broken {n}.jpg", BROKEN + bytes([n])) for n in range(4)]
    events = versions * 3
    shuffle.shuffle(events)

    def deliver(n: int) -> None:
        with suppress(IngestInProgress):
            world.ingest(events[n], f"delivery {n}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deliver, range(len(events))))
    assert len(world.images()) == len({image.name for image in world.images()}) == 16
    assert len(world.receipts(ReceiptState.REJECTED)) == 4
    assert len(world.ports.persist.uploads) == 16
    assert_whole(world)


def test_a_second_worker_leaves_an_upload_alone_until_the_lease_of_the_first_is_over(world: World) -> None:
    receipt = world.announce("front.jpg", a_photo())
    version = world.version(receipt.key)
    world.ports.receipts.claim(receipt.id, "a worker that died", LEASE_SECONDS)
    with pytest.raises(IngestInProgress):
        world.ingest(version)
    world.clock.advance(LEASE_SECONDS)
    assert world.ingest(version).state == "stored"
    assert_whole(world)


def test_a_rejected_file_that_is_uploaded_again_is_a_new_upload(world: World) -> None:
    receipt = world.announce("front.jpg", BROKEN, source=Source.SESSION)
    world.ingest(world.version(receipt.key))
    world.clock.advance(60)
    again = world.ingest(world.put(receipt.key, a_photo()))
    assert (again.state, again.repeated) == ("stored", False)
    assert world.receipt(receipt).reason is None
    assert_whole(world)


@pytest.mark.parametrize("way_in", ["drop", "incoming"])
def test_a_deleted_image_whose_file_is_uploaded_again_is_a_new_image(world: World, way_in: str) -> None:
    key = "drop/cards/front.jpg"
    if way_in == "incoming":
        key = world.announce("front.jpg", a_photo(), source=Source.SESSION).key
    world.ingest(world.put(key, a_photo()))
    (first,) = world.images()
    world.services.delete_images.delete(world.dataset().id, ["front.jpg"])
    world.clock.advance(60)
    world.ingest(world.put(key, a_photo()))
    (second,) = world.images()
    assert (second.name, second.id != first.id) == ("front.jpg", True)
    assert len(world.ports.persist.uploads) == 2
    assert_whole(world)


def test_an_old_event_does_not_bring_a_deleted_image_back(world: World) -> None:
    version = world.drop("cards/front.jpg", a_photo())
    world.ingest(version)
    world.services.delete_images.delete(world.dataset().id, ["front.jpg"])
    assert world.ingest(version, "late").repeated
    assert world.images() == []
    assert world.objects("trove/") == {}


def test_a_drop_replaced_before_it_was_read_is_rejected_and_the_newer_one_is_stored(world: World) -> None:
    older = world.drop("cards/front.jpg", a_photo(1))
    newer = world.drop("cards/front.jpg", a_photo(2))
    for version in (newer, older):
        world.ingest(version)
    (rejected,) = world.receipts(ReceiptState.REJECTED)
    assert rejected.reason == "front.jpg: it was replaced by a newer file before it could be read"
    assert [image.sha256 for image in world.images()]
    assert list(world.objects("trove/").values()) == [a_photo(2)]


def test_a_drop_removed_before_it_was_read_is_rejected(world: World) -> None:
    version = world.drop("cards/front.jpg", a_photo())
    world.ports.store.delete([version.key])
    assert world.ingest(version).reason == "front.jpg: it was removed before it could be read"


@pytest.mark.parametrize(
    ("sha256", "size", "reason"),
    [
        ("0" * 64, None, "the bytes that arrived do not have the declared sha256"),
        (None, 3, "bytes where 3 were declared"),
    ],
)
def test_bytes_that_are_not_the_declared_ones_are_never_stored(
    world: World, sha256: str | None, size: int | None, reason: str
) -> None:
    receipt = world.announce("front.jpg", a_photo(), declared_sha256=sha256, declared_size=size)
    outcome = world.ingest(world.version(receipt.key))
    assert outcome.state == "rejected"
    assert reason in (outcome.reason or "")
    assert world.images() == []
    assert_whole(world)


def test_an_empty_or_too_large_file_is_rejected_with_its_size(world: World) -> None:
    empty = world.ingest(world.drop("cards/empty.jpg", b""))
    large = world.drop("cards/large.jpg", a_photo())
    huge = world.ingest(replace(large, size=101 * 1024 * 1024))
    assert empty.reason == "empty.jpg: it is empty"
    assert (empty.code, huge.code) == (RejectionKind.EMPTY, RejectionKind.TOO_LARGE)
    assert huge.reason == "large.jpg: it is 101.0MB; a file may have at most 100.0MB"


def test_what_nobody_announced_is_rejected_not_guessed(world: World) -> None:
    version = world.put(f"incoming/{'0' * 24}/{'1' * 24}/0/front.jpg", a_photo())
    outcome = world.ingest(version)
    assert outcome.reason == "front.jpg: it was put into the intake without being announced"


@pytest.mark.parametrize("key", ["drop/cards/", "trove/cards/a.jpg", "incoming/notes.txt"])
def test_what_is_no_file_of_the_intake_is_left_alone(world: World, key: str) -> None:
    assert world.ingest(world.put(key, a_photo())).state == "ignored"
    assert world.receipts() == []


def test_while_persist_is_down_the_upload_waits_and_says_why(world: World) -> None:
    version = world.version(world.announce("front.jpg", a_photo()).key)
    world.ports.persist.fail_next(2)
    for _ in range(2):
        with pytest.raises(TransientFault):
            world.ingest(version)
        (receipt,) = world.receipts(ReceiptState.FAILED)
        assert receipt.reason == "persist: upload was told to fail"
        assert world.objects("trove/") == {}
    assert world.ingest(version).state == "stored"
    assert world.receipts()[0].attempts == 3
    assert_whole(world)


def test_persist_is_not_asked_again_once_its_answer_is_recorded(world: World) -> None:
    version = world.version(world.announce("front.jpg", a_photo()).key)
    world.ports.images.fail_next("record")
    with pytest.raises(TransientFault):
        world.ingest(version)
    world.ingest(version)
    assert len(world.ports.persist.uploads) == 1
    assert_whole(world)


def test_images_keep_the_order_of_their_upload_whenever_they_are_ingested(world: World) -> None:
    versions = []
    for n in range(4):
        world.clock.advance(1)
        versions.append(world.drop(f"cards/{n}.jpg", a_photo(n)))
    for version in reversed(versions):
        world.ingest(version)
    assert [image.name for image in world.images()] == [f"{n}.jpg" for n in range(4)]


def test_a_later_event_for_an_older_put_is_told_by_its_time(world: World) -> None:
    """A rejected drop: the repeated event is older than the end, a new put is younger."""
    version = world.drop("cards/bad.jpg", BROKEN)
    world.ingest(version)
    assert world.ingest(version).repeated
    newer = replace(version, at=version.at + timedelta(hours=1))
    assert not world.ingest(newer).repeated
