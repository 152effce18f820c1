"""A file that the persist service refused goes again on demand, and becomes one image."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from testing.client import NebulaClient, eventually
from testing.persist_server.server import persist_server
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

NO_SWEEP = "86400"
ATTEMPTS = 3
"""Of one event, as Lambda makes them; after these nobody tries again by himself before the sweep."""


def receipts(client: NebulaClient, dataset: str) -> list[dict[str, Any]]:
    """The dataset's receipts."""
    return list(client.get(f"/dataset/receipts?datasetID={dataset}").json()["receipts"])


def test_a_failed_upload_is_repeated_on_demand(tmp_path: Path) -> None:
    photo = photo_jpeg(300, 320, 240)
    with persist_server() as persist:
        stack = LaptopStack(tmp_path, {"NEBULA_PERSIST_URL": persist.url, "NEBULA_SWEEP_SECONDS": NO_SWEEP})
        try:
            stack.start()
            client = NebulaClient(stack.url, stack.token("eda", "editor"))
            persist.fail_next(ATTEMPTS, status=500)
            reply = client.create("Retried", [("front.jpg", photo)]).json()
            assert (reply["successUpload"], reply["pendingUpload"]) == ("0", "1")
            dataset = reply["datasetID"]
            eventually(lambda: persist.attempts, lambda attempts: attempts == ATTEMPTS)
            eventually(lambda: receipts(client, dataset), lambda rows: rows[0]["state"] == "failed")
            assert client.rows(dataset) == []

            retry = client.post("/dataset/receipts/retry", json={"datasetID": dataset})

            assert retry.json() == {"retried": 1, "status": 200}
            [receipt] = eventually(
                lambda: receipts(client, dataset), lambda rows: rows[0]["state"] == "stored"
            )
            [row] = client.rows(dataset)
            assert (receipt["imageID"], row["sha256"]) == (row["uniqueID"], sha256(photo).hexdigest())
            assert [file.sha256 for file in persist.files] == [row["sha256"]]
            assert client.post("/dataset/receipts/retry", json={}).json()["retried"] == 0
        finally:
            stack.stop()
