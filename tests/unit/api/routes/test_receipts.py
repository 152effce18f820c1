"""`POST /dataset/receipts/retry`: what a fault stopped goes again, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from chalicelib.api.bodies.receipts import RetryReply
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.services.catalogue.receipts import RETRIES_PER_CALL
from tests.unit.api.speaking import UNKNOWN_ID, Api, assert_error
from tests.unit.services.world import BROKEN, World, a_photo, assert_whole

PATH = "/dataset/receipts/retry"
EDITOR = "editor-token"


@pytest.fixture
def world() -> Iterator[World]:
    """The real services over ports in memory; what is triggered is ingested, as its event would be."""
    world = World()

    def ingest(version: ObjectVersion) -> None:
        world.ingest(version, "a retry")

    world.ports.trigger.on_trigger = ingest
    with bootstrap.use(world.services):
        yield world


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    """A client of the app."""
    with Client(app) as client:
        yield Api(client)


def failed(world: World, name: str) -> Receipt:
    """A file of the dataset `cards` that the persist service did not take."""
    receipt = world.announce(name, a_photo())
    world.ports.persist.fail_next()
    with suppress(TransientFault):
        world.ingest(world.version(receipt.key))
    assert world.receipt(receipt).state is ReceiptState.FAILED
    return receipt


def retried(api: Api, body: dict[str, str]) -> int:
    """How many files the reply says were set going again."""
    response = api.post(PATH, body, token=EDITOR)
    assert (response.status_code, response.json_body["status"]) == (200, 200)
    return int(response.json_body["retried"])


def test_a_failed_file_goes_again_and_becomes_an_image(world: World, api: Api) -> None:
    receipt = failed(world, "front.jpg")

    assert retried(api, {"datasetID": world.dataset().id}) == 1

    assert world.receipt(receipt).state is ReceiptState.STORED
    assert [image.name for image in world.images()] == ["front.jpg"]
    assert_whole(world)


def test_what_is_settled_or_still_to_come_is_left_alone(world: World, api: Api) -> None:
    stored, broken = world.announce("front.jpg", a_photo()), world.announce("bad.jpg", BROKEN)
    for receipt in (stored, broken):
        world.ingest(world.version(receipt.key))
    world.announce("later.jpg", a_photo(), put=False)

    assert retried(api, {}) == 0
    assert world.ports.trigger.triggered == []


def test_without_a_dataset_all_go_again_and_with_one_only_its_own(world: World, api: Api) -> None:
    dropped = world.drop("passports/back.jpg", a_photo(2))
    world.ports.persist.fail_next()
    with suppress(TransientFault):
        world.ingest(dropped)
    failed(world, "front.jpg")

    assert retried(api, {"datasetID": world.dataset("passports").id.upper()}) == 1
    assert [version.key for version in world.ports.trigger.triggered] == [dropped.key]
    assert retried(api, {}) == 1
    assert retried(api, {}) == 0
    assert_whole(world)


def test_a_file_whose_object_is_gone_is_left_to_the_sweep(world: World, api: Api) -> None:
    receipt = failed(world, "front.jpg")
    world.ports.store.delete([receipt.key])

    assert retried(api, {}) == 0
    assert world.receipt(receipt).state is ReceiptState.FAILED


def test_a_dataset_that_does_not_exist_has_nothing_to_retry(world: World, api: Api) -> None:
    failed(world, "front.jpg")

    assert retried(api, {"datasetID": UNKNOWN_ID}) == 0


def test_a_function_that_cannot_be_started_is_told_and_changes_nothing(world: World, api: Api) -> None:
    receipt = failed(world, "front.jpg")
    world.ports.trigger.fail_next("trigger")

    response = api.post(PATH, {}, token=EDITOR)

    assert_error(response, 400, "Unknown error.", "Unknown error")
    assert response.headers["Retry-After"] == "1"
    assert world.receipt(receipt).state is ReceiptState.FAILED


def test_a_retry_is_recorded_with_its_dataset(world: World, api: Api) -> None:
    dataset = world.dataset()

    api.post(PATH, {"datasetID": dataset.id}, token=EDITOR)

    page = api.get(f"/audit?datasetID={dataset.id}")
    [act] = [row for row in page.json_body["records"] if row["action"] == "retry"]
    assert (act["user"], act["datasetID"]) == ("eda", dataset.id)


def test_a_call_takes_as_many_as_its_description_says() -> None:
    assert f"at most {RETRIES_PER_CALL:,}." in (RetryReply.__doc__ or "")


def test_a_viewer_may_not_retry(world: World, api: Api) -> None:
    receipt = failed(world, "front.jpg")

    assert api.post(PATH, {}, token="viewer-token").status_code == 403
    assert world.receipt(receipt).state is ReceiptState.FAILED
