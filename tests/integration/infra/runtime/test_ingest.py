"""What ingest makes of the events of S3, bare and from its queues, from the zip under AWS's runtime."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from infra.roles import REGION
from testing.client import NebulaClient
from testing.lambda_runtime import events
from testing.lambda_runtime.server import FunctionError
from testing.photos import photo_jpeg
from tests.integration.infra.runtime.conftest import DROP_QUEUE, Deployed

NASTY_KEYS = {
    "drop/My set + ümlaut/a b+c%20é.jpg": ("My set + ümlaut", "a b+c%20é.jpg"),
    "drop/PAN Karten/a b+c(1)é%.jpg": ("PAN Karten", "a b+c(1)é%.jpg"),
    "drop/100% Straßen + 名前/a%20b (🙂)&='?#.jpg": ("100% Straßen + 名前", "a%20b (🙂)&='?#.jpg"),
    "drop/Nested/one/two + three/déep.jpg": ("Nested", "déep.jpg"),
    "drop/Slash%2FInside/x.jpg": ("Slash/Inside", "x.jpg"),
    "drop/سفر/صورة ١.jpg": ("سفر", "صورة ١.jpg"),
    "drop/ leading and trailing /..jpg": (" leading and trailing ", "..jpg"),
}


def drop(deployed: Deployed, key: str, body: bytes) -> events.Event:
    """Put an object; the event that S3 would send."""
    deployed.bucket.put(key, body)
    return events.created(deployed.bucket.name, key, body, deployed.bucket.etag(key), REGION)


def failed(reply: Any) -> list[str]:
    """The messages that a reply asks for again."""
    return [item["itemIdentifier"] for item in reply["batchItemFailures"]]


def state_of(deployed: Deployed, admin: NebulaClient, name: str) -> dict[str, Any]:
    """All that shows of a dataset: totals, rows, receipts, mirror."""
    row = admin.datasets()[name]
    return {
        "row": row,
        "rows": admin.rows(row["uniqueID"]),
        "receipts": admin.get(f"/dataset/receipts?datasetID={row['uniqueID']}").json()["receipts"],
        "trove": deployed.bucket.keys("trove/"),
        "persist": deployed.bucket.keys("persist/"),
    }


@pytest.mark.parametrize("key", NASTY_KEYS)
def test_a_dropped_file_is_stored_under_its_true_name_however_often_the_event_comes(
    deployed: Deployed, admin: NebulaClient, key: str
) -> None:
    dataset, name = NASTY_KEYS[key]
    body = photo_jpeg(len(key))
    event = drop(deployed, key, body)
    message = events.sqs([event], DROP_QUEUE)

    assert failed(deployed.ingest.invoke(message)) == []
    once = state_of(deployed, admin, dataset)
    assert failed(deployed.ingest.invoke(message)) == []
    assert failed(deployed.ingest.invoke(events.sqs([event, event], DROP_QUEUE))) == []
    assert deployed.ingest.invoke(event) is None

    assert state_of(deployed, admin, dataset) == once
    (row,) = once["rows"]
    assert (row["name"], row["sha256"]) == (name, sha256(body).hexdigest())
    assert (once["row"]["imagesCount"], len(once["receipts"])) == (1, 1)
    assert sha256(admin.session.get(row["url"]).content).hexdigest() == row["sha256"]


def test_a_damaged_file_is_rejected_with_its_reason_and_fails_no_event(
    deployed: Deployed, admin: NebulaClient
) -> None:
    event = drop(deployed, "drop/Damaged/half.jpg", photo_jpeg(1)[:2000])
    assert failed(deployed.ingest.invoke(events.sqs([event], DROP_QUEUE))) == []

    (receipt,) = state_of(deployed, admin, "Damaged")["receipts"]
    assert (receipt["name"], receipt["state"]) == ("half.jpg", "rejected")
    assert "half.jpg" in receipt["reason"]


def test_events_of_no_created_object_are_taken_and_change_nothing(
    deployed: Deployed, admin: NebulaClient
) -> None:
    before = admin.datasets(), admin.get("/dataset/receipts").json()["receipts"]
    name = deployed.bucket.name

    ignored: list[events.Event] = [
        events.s3_test_event(name),
        events.removed(name, "drop/Ignored/a.jpg", REGION),
        events.created(name, "drop/Ignored/", b"", "d41d8cd98f00b204e9800998ecf8427e", REGION),
        {"Records": []},
    ]
    for event in ignored:
        assert deployed.ingest.invoke(event) is None
    assert failed(deployed.ingest.invoke(events.sqs(ignored, DROP_QUEUE))) == []

    assert (admin.datasets(), admin.get("/dataset/receipts").json()["receipts"]) == before


def test_an_event_that_is_not_s3s_fails_aloud(deployed: Deployed) -> None:
    with pytest.raises(FunctionError):
        deployed.ingest.invoke({"Records": [{"eventSource": "aws:sns", "Sns": {"Message": "x"}}]})


def test_of_a_batch_only_the_messages_that_failed_come_again(deployed: Deployed, admin: NebulaClient) -> None:
    good = drop(deployed, "drop/Batch/good.jpg", photo_jpeg(3))
    batch = events.sqs([good, "no json", {"Records": [{}]}], DROP_QUEUE)

    assert failed(deployed.ingest.invoke(batch)) == [record["messageId"] for record in batch["Records"][1:]]
    assert admin.datasets()["Batch"]["imagesCount"] == 1


def test_a_batch_of_which_nothing_succeeded_is_an_error_of_the_function(deployed: Deployed) -> None:
    with pytest.raises(FunctionError):
        deployed.ingest.invoke(events.sqs(["no json"], DROP_QUEUE))
