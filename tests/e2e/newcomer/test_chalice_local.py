"""`chalice local`, started as the README prints it, answers every request."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from local.processes.ports import LOOPBACK
from testing.client import NebulaClient, eventually
from testing.photos import photo_jpeg
from testing.ports import draw_ports

from .checkout import READ_DEV_ENV, Checkout, command_of_readme


@contextmanager
def chalice_local(checkout: Checkout) -> Iterator[NebulaClient]:
    """A client of it. Only the port differs from the printed line: 8001 may be taken."""
    port = draw_ports(checkout.folder / "chalice-port.json", ["chalice"])["chalice"]
    command = re.sub(r"(?<=--port )\d+", str(port), command_of_readme("chalice local"))
    process = subprocess.Popen(
        ["bash", "-c", f"{READ_DEV_ENV}\nexec {command}"], cwd=checkout.folder, env=checkout.environment()
    )
    client = NebulaClient(f"http://{LOOPBACK}:{port}/nebula/backend", checkout.stack.token("admin", "admin"))
    try:
        eventually(lambda: _answers(client, process), bool, 60)
        yield client
    finally:
        process.terminate()  # Ctrl-C would not reach it in a background job of a shell
        process.wait(30)


def _answers(client: NebulaClient, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended"
    try:
        return client.get("/health").ok
    except requests.ConnectionError:
        return False


def test_twelve_requests_a_second_apart_are_all_answered(checkout: Checkout) -> None:
    """Its reloader would start it again at every change in `.nebula`: every other one would fail."""
    with chalice_local(checkout) as client:
        statuses = []
        for n in range(12):
            checkout.bucket.put(f"other/{n}", b"so that something changes in .nebula")
            statuses.append(client.get("/dataset/list").status_code)
            time.sleep(1)
        assert statuses == [200] * 12


def test_every_kind_of_request_is_answered(checkout: Checkout) -> None:
    with chalice_local(checkout) as client:
        created = client.create("By chalice local", [("a.jpg", photo_jpeg(1, 64, 48))]).json()
        assert created["successUpload"] == "1", created
        updated = client.update("By chalice local", [("b.jpg", photo_jpeg(2, 64, 48))]).json()
        assert updated["successUpload"] == "1", updated
        dataset = created["datasetID"]
        assert [row["name"] for row in client.rows(dataset)] == ["a.jpg", "b.jpg"]
        csv = client.post("/dataset/download", json={"datasetID": dataset})
        assert len(csv.text.splitlines()) == 3
        deleted = client.post("/delete/images", json={"datasetID": dataset, "imagesNames": ["a.jpg"]})
        assert [row["name"] for row in deleted.json()["datasetDetilsRows"]] == ["b.jpg"]
        body = photo_jpeg(3, 64, 48)
        session = client.post(
            "/dataset/uploads", json={"datasetID": dataset, "files": [{"name": "c.jpg", "size": len(body)}]}
        ).json()
        put = session["files"][0]
        requests.put(put["url"], data=body, headers=put["headers"], timeout=30).raise_for_status()
        state = eventually(
            lambda: client.get(f"/dataset/uploads/{session['uploadID']}").json(),
            lambda found: found["complete"],
            60,
        )
        assert state["stored"] == 1
