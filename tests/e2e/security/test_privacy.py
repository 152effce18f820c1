"""After a full run through all ways in, faults included, no log of the stack holds what opens a door.

Read are the logs of all its processes, byte for byte: the app's, the gateway's, the worker's, and
those of mongod and SeaweedFS.
"""

from __future__ import annotations

import io
import json
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image as Picture

from testing.client import Bucket, NebulaClient, eventually
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

CAMERA = "Camera-of-a-private-person"
GPS_IFD = 0x8825
FORGED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWxsb3J5Iiwicm9sZSI6ImFkbWluIn0."


def a_tagged_photo(seed: int) -> bytes:
    """A photo that says where it was taken, and with what."""
    with Picture.open(io.BytesIO(photo_jpeg(seed, 320, 240))) as picture:
        exif = picture.getexif()
        exif[0x0110] = CAMERA
        exif.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 51.0, 29.5), 3: "E", 4: (2.0, 17.0, 40.2)})
        out = io.BytesIO()
        picture.save(out, "JPEG", exif=exif.tobytes(), quality=90)
    return out.getvalue()


@dataclass
class Run:
    """What passed through the system, and what must not be found in its logs."""

    secrets: dict[str, bytes] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)

    def hide(self, what: str, secret: str | bytes) -> None:
        """Something that no log may hold."""
        self.secrets[what] = secret.encode() if isinstance(secret, str) else secret

    def hide_url(self, what: str, url: str) -> None:
        """A presigned URL: its signature, and its query as a whole."""
        query = parse_qs(urlsplit(url).query)
        self.hide(f"{what}: signature", query["X-Amz-Signature"][0])

    def hide_photo(self, what: str, body: bytes) -> None:
        """A picture's bytes, from the middle, as they are and in base64."""
        middle = body[len(body) // 2 :][:48]
        self.hide(f"{what}: bytes", middle[:24])
        self.hide(f"{what}: base64", b64encode(middle)[4:40])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Everything once, on a stack of its own, which has ended when its logs are read."""
    stack = LaptopStack(tmp_path_factory.mktemp("private"), {"NEBULA_LOG_LEVEL": "DEBUG"})
    run = Run()
    try:
        stack.start()
        _use_all_roads(stack, run)
        _knock_on_closed_doors(stack, run)
        _break_something(stack, run)
        run.records = NebulaClient(stack.url, stack.token()).get("/audit").json()["records"]
    finally:
        stack.stop()
    run.logs = _logs(stack.home)
    run.requests = _request_lines(run.logs)
    return run


def _use_all_roads(stack: LaptopStack, run: Run) -> None:
    tokens = {role: stack.token(f"user-{role}", role) for role in ("viewer", "editor", "admin")}
    for role, token in tokens.items():
        run.hide(f"{role}'s token", token)
        run.hide(f"{role}'s signature", token.rpartition(".")[2])
    editor, admin = NebulaClient(stack.url, tokens["editor"]), NebulaClient(stack.url, tokens["admin"])
    photos = {f"{n}.jpg": a_tagged_photo(n) for n in range(4)}
    for name, body in photos.items():
        run.hide_photo(name, body)

    made = editor.create(
        "Private", [("0.jpg", photos["0.jpg"]), ("broken.jpg", photos["0.jpg"][:900])]
    ).json()
    dataset_id = made["datasetID"]
    editor.update("Private", [("1.jpg", photos["1.jpg"])])
    _use_a_session(editor, run, dataset_id, photos["2.jpg"])
    bucket = Bucket(stack.s3(), stack.variables["NEBULA_BUCKET"])
    bucket.put("drop/Private/3.jpg", photos["3.jpg"], {"uploaded-by": "a dropper"})
    rows = eventually(lambda: admin.rows(dataset_id), lambda found: len(found) == 4)

    viewer = NebulaClient(stack.url, tokens["viewer"])
    viewer.post("/dataset/download", json={"datasetID": dataset_id})
    for row in rows:
        run.hide(f"the URL of {row['name']}", row["url"].rpartition("/")[2].partition(".")[0])
        assert sha256(requests.get(row["url"], timeout=20).content).hexdigest() == row["sha256"]
    run.thumbnails = [bucket.get(key) for key in bucket.keys("thumbs/")]
    admin.post("/delete/images", json={"datasetID": dataset_id, "imagesNames": ["1.jpg"]})


def _use_a_session(editor: NebulaClient, run: Run, dataset_id: str, body: bytes) -> None:
    files = [
        {"name": "2.jpg", "size": len(body), "sha256": sha256(body).hexdigest()},
        {"name": "never.jpg", "size": 5},
    ]
    announced = editor.post("/dataset/uploads", json={"datasetID": dataset_id, "files": files}).json()
    for file in announced["files"]:
        run.hide_url(f"the request for {file['name']}", file["url"])
    first, second = announced["files"]
    assert requests.put(first["url"], body, headers=first["headers"], timeout=20).status_code == 200
    assert requests.put(second["url"], b"other bytes", headers={}, timeout=20).status_code >= 400
    fresh = editor.post(f"/dataset/uploads/{announced['uploadID']}/urls").json()
    for file in fresh["files"]:
        run.hide_url(f"the fresh request for {file['name']}", file["url"])


def _knock_on_closed_doors(stack: LaptopStack, run: Run) -> None:
    run.hide("a forged token", FORGED)
    run.hide("a wrong token", "a-wrong-token-0123456789")
    for token in (
        FORGED,
        f"Bearer {FORGED}",
        "a-wrong-token-0123456789",
        "Basic dXNlcjpodW50ZXIyLXNlY3JldA==",
    ):
        assert NebulaClient(stack.url, token).get("/dataset/list").status_code == 401
    guess = "ab" * 32
    run.hide("a guessed URL", guess)
    base = stack.url.removesuffix("/nebula/backend")
    assert requests.get(f"{base}/api/files/26936493/download/{guess}.jpg", timeout=20).status_code == 404
    requests.get(f"{stack.url}/dataset/list?token=in-the-query-0123456789", timeout=20)
    run.hide("a token in the query", "in-the-query-0123456789")
    requests.get(f"{stack.url}/nowhere/in-the-path-0123456789", timeout=20)
    run.hide("a token in the path", "in-the-path-0123456789")


def _break_something(stack: LaptopStack, run: Run) -> None:
    """Requests that the function cannot answer leave tracebacks: those are read as well."""
    editor = NebulaClient(stack.url, stack.token("user-editor", "editor"))
    run.hide("another token", editor.token)
    photo = a_tagged_photo(9)
    run.hide_photo("a photo in a broken form", photo)
    for body in (photo, b"--x\r\n" + photo, b'{"id": ' + photo):
        for kind in ("multipart/form-data; boundary=x", "application/json", "text/plain"):
            for path in ("/dataset/create", "/dataset/details"):
                reply = editor.post(path, data=body, headers={"Content-Type": kind})
                assert 400 <= reply.status_code < 500
    too_large = photo + bytes(5_000_000)
    assert editor.create("large", [("large.jpg", too_large)]).status_code == 413


def _logs(home: Path) -> dict[str, bytes]:
    """The log of every process. (What SeaweedFS and mongod call logs in their own folders is data.)"""
    return {path.name: path.read_bytes() for path in (home / "logs").iterdir()}


def _request_lines(logs: dict[str, bytes]) -> list[dict[str, Any]]:
    lines = [line for text in logs.values() for line in text.splitlines() if line.startswith(b'{"level"')]
    return [line for line in map(json.loads, lines) if line["message"] == "request"]


def test_the_logs_are_those_of_all_processes_and_tell_of_every_request(run: Run) -> None:
    assert {Path(name).stem for name in run.logs} >= {"gateway", "worker", "mongod", "seaweedfs"}
    assert len(run.requests) > 30
    assert {line["status"] for line in run.requests} >= {200, 400, 401, 404, 415}
    assert len(run.secrets) > 25


def test_no_log_holds_a_token_a_signature_a_picture_or_the_name_in_a_url(run: Run) -> None:
    found = [
        (name, what)
        for name, text in run.logs.items()
        for what, secret in run.secrets.items()
        if secret in text
    ]

    assert found == []


@pytest.mark.parametrize(
    "word", [b"X-Amz-Signature=", b"Authorization: ", b'"authorization":', b"Bearer ey", CAMERA.encode()]
)
def test_no_log_holds_what_looks_like_a_secret(run: Run, word: bytes) -> None:
    assert [name for name, text in run.logs.items() if word.lower() in text.lower()] == []


def test_every_request_that_was_let_in_names_its_user_and_nobody_else(run: Run) -> None:
    users = {line.get("user") for line in run.requests}

    assert users == {"user-viewer", "user-editor", "user-admin", "vedant", None}
    assert all(line.get("user") is None for line in run.requests if line["status"] == 401)


def test_thumbnails_do_not_say_where_a_photo_was_taken(run: Run) -> None:
    assert len(run.thumbnails) == 4
    for thumbnail in run.thumbnails:
        assert CAMERA.encode() not in thumbnail
        with Picture.open(io.BytesIO(thumbnail)) as picture:
            assert not picture.getexif()
            assert not picture.getexif().get_ifd(GPS_IFD)
            assert {"exif", "icc_profile", "comment", "xmp"}.isdisjoint(picture.info)


def test_the_audit_says_who_saw_took_in_and_removed_what_and_the_log_vouches_for_it(run: Run) -> None:
    told = {(record["action"], record.get("user")) for record in run.records}
    vouched = {line["requestID"]: line["audit"] for line in run.requests if line.get("audit")}

    assert told >= {
        ("create", "user-editor"),
        ("update", "user-editor"),
        ("announce", "user-editor"),
        ("renew", "user-editor"),
        ("details", "user-admin"),
        ("download", "user-viewer"),
        ("open", None),
        ("delete", "user-admin"),
    }
    assert [r for r in run.records if vouched[r["requestID"]] != r["digest"]] == []
    assert [r["names"] for r in run.records if r["action"] == "delete"] == [["1.jpg"]]
    assert all(r["address"] for r in run.records if r["action"] == "open")
