"""Large uploads: files go straight into the bucket, and the session tells what became of each."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import uuid4

import requests

from testing.client import NebulaClient, eventually
from testing.photos import photo_jpeg


def declared(files: list[tuple[str, bytes]], *, with_sha256: bool = True) -> list[dict[str, Any]]:
    """What a client says of its files."""
    return [
        {"name": name, "size": len(body)} | ({"sha256": sha256(body).hexdigest()} if with_sha256 else {})
        for name, body in files
    ]


def put(request: dict[str, Any], body: bytes) -> requests.Response:
    """Send a presigned request as it is."""
    return requests.request(
        request["method"], request["url"], headers=request["headers"], data=body, timeout=30
    )


def status(client: NebulaClient, upload: str) -> dict[str, Any]:
    """How far a session is; the tally adds up whenever it is read."""
    reply = client.get(f"/dataset/uploads/{upload}").json()
    assert reply["expected"] == sum(reply[part] for part in ("stored", "rejected", "failed", "pending"))
    return dict(reply)


def test_announced_files_go_straight_into_the_bucket(admin: NebulaClient) -> None:
    files = [(f"{n}.jpg", photo_jpeg(100 + n, 320, 240)) for n in range(6)]
    name = f"Session {uuid4().hex[:6]}"
    reply = admin.post("/dataset/uploads", json={"datasetName": name, "files": declared(files[:4])})
    assert reply.status_code == 200, reply.text
    announced = reply.json()
    more = admin.post(
        "/dataset/uploads",
        json={"uploadID": announced["uploadID"], "files": declared(files[4:], with_sha256=False)},
    ).json()
    assert more["uploadID"] == announced["uploadID"]
    for (_, body), request in zip(files, announced["files"] + more["files"], strict=True):
        assert put(request, body).status_code == 200
    done = eventually(lambda: status(admin, announced["uploadID"]), lambda reply: bool(reply["complete"]))
    assert (done["expected"], done["stored"]) == (6, 6)
    rows = admin.rows(announced["datasetID"])
    assert [row["name"] for row in rows] == [name for name, _ in files]
    assert [row["sha256"] for row in rows] == [sha256(body).hexdigest() for _, body in files]


def test_other_bytes_than_the_declared_ones_are_never_stored(admin: NebulaClient) -> None:
    right, wrong = photo_jpeg(110, 320, 240), bytearray(photo_jpeg(110, 320, 240))
    wrong[-100] ^= 1
    announced = admin.post(
        "/dataset/uploads",
        json={"datasetName": f"Bound {uuid4().hex[:6]}", "files": declared([("a.jpg", right)])},
    ).json()
    (request,) = announced["files"]
    assert put(request, bytes(wrong)).status_code == 400
    assert put(request, right + b"more").status_code in (400, 403)
    assert status(admin, announced["uploadID"])["pending"] == 1
    assert put(request, right).status_code == 200
    eventually(lambda: status(admin, announced["uploadID"]), lambda reply: bool(reply["complete"]))
    (row,) = admin.rows(announced["datasetID"])
    assert row["sha256"] == sha256(right).hexdigest()


def test_a_client_that_crashed_resumes_with_fresh_requests(admin: NebulaClient) -> None:
    files = [(f"{n}.jpg", photo_jpeg(120 + n, 200, 150)) for n in range(3)]
    announced = admin.post(
        "/dataset/uploads", json={"datasetName": f"Resumed {uuid4().hex[:6]}", "files": declared(files)}
    ).json()
    put(announced["files"][1], files[1][1])
    eventually(lambda: status(admin, announced["uploadID"]), lambda reply: reply["stored"] == 1)

    renewed = admin.post(f"/dataset/uploads/{announced['uploadID']}/urls").json()
    assert [request["name"] for request in renewed["files"]] == ["0.jpg", "2.jpg"]
    for request, body in zip(renewed["files"], (files[0][1], files[2][1]), strict=True):
        assert put(request, body).status_code == 200
    done = eventually(lambda: status(admin, announced["uploadID"]), lambda reply: bool(reply["complete"]))
    assert done["stored"] == 3


def test_a_repeated_announcement_gives_the_first_answer(admin: NebulaClient) -> None:
    body = {
        "datasetName": f"Repeated {uuid4().hex[:6]}",
        "files": declared([("a.jpg", photo_jpeg(130)), ("b.jpg", photo_jpeg(131))]),
    }
    headers = {"Idempotency-Key": uuid4().hex}
    first, second = (admin.post("/dataset/uploads", json=body, headers=headers).json() for _ in range(2))
    assert second["uploadID"] == first["uploadID"]
    assert second["datasetID"] == first["datasetID"]
    assert [file["name"] for file in second["files"]] == [file["name"] for file in first["files"]]
    assert status(admin, first["uploadID"])["expected"] == 2
    another = admin.post("/dataset/uploads", json=body | {"files": body["files"][:1]}, headers=headers)
    assert another.status_code == 400


def test_files_that_can_never_be_images_are_refused_one_by_one(admin: NebulaClient) -> None:
    reply = admin.post(
        "/dataset/uploads",
        json={
            "datasetName": f"Refused {uuid4().hex[:6]}",
            "files": [
                {"name": "empty.jpg", "size": 0},
                {"name": "huge.jpg", "size": 200 * 1024 * 1024},
                {"name": "fine.jpg", "size": 1000},
            ],
        },
    ).json()
    assert [file["name"] for file in reply["files"]] == ["fine.jpg"]
    assert [failure["name"] for failure in reply["failures"]] == ["empty.jpg", "huge.jpg"]
    assert "100.0MB" in reply["failures"][1]["reason"]
    tally = status(admin, reply["uploadID"])
    assert (tally["expected"], tally["rejected"], tally["pending"]) == (3, 2, 1)


def test_a_request_over_the_limit_names_it_and_the_road_for_large_uploads(admin: NebulaClient) -> None:
    reply = admin.create("Too large", [("large.jpg", bytes(5_000_000))])
    assert reply.status_code == 413
    body = reply.json()
    assert (body["status"], body["name"]) == (413, "Request too large")
    assert "/nebula/backend/dataset/uploads" in body["message"]
    assert "MB" in body["message"]
    larger = admin.create("Far too large", [("large.jpg", bytes(12_000_000))])
    assert larger.status_code == 413
    assert "/nebula/backend/dataset/uploads" in larger.json()["message"]
