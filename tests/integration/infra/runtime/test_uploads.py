"""Uploads by the deployed API: a form, and an upload session with presigned requests."""

from __future__ import annotations

from hashlib import sha256

import pytest
import requests

from testing.client import NebulaClient, eventually
from testing.photos import photo_jpeg, photo_png

pytestmark = pytest.mark.usefixtures("notified")


def test_a_form_of_ten_photos_and_a_broken_one_is_answered_once_all_are_settled(admin: NebulaClient) -> None:
    photos = [(f"Foto {n} é.jpg", photo_jpeg(n)) for n in range(10)]

    reply = admin.create("Ten and one", [*photos, ("broken.png", photo_png(3)[:900])])
    more = admin.update("Ten and one", [("later.png", photo_png(4))])

    body = reply.json()
    assert (reply.status_code, body["successUpload"], body["failedUpload"]) == (200, "10", "1")
    assert "pendingUpload" not in body
    assert [failure["name"] for failure in body["failures"]] == ["broken.png"]
    assert (more.status_code, more.json()["successUpload"]) == (200, "1")
    rows = admin.rows(body["datasetID"])
    assert [row["name"] for row in rows] == [*(name for name, _ in photos), "later.png"]
    for row, (_, photo) in zip(rows, photos, strict=False):
        shown = admin.session.get(row["url"])
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert sha256(shown.content).hexdigest() == row["sha256"] == sha256(photo).hexdigest()


def test_an_image_is_kept_revalidated_and_read_in_parts(admin: NebulaClient) -> None:
    photo = photo_jpeg(21)
    (row,) = admin.rows(admin.create("Kept", [("a.jpg", photo)]).json()["datasetID"])
    whole = admin.session.get(row["url"])
    told = admin.session.head(row["url"])
    part = admin.session.get(row["url"], headers={"Range": "bytes=10-19"})
    again = admin.session.get(row["url"], headers={"If-None-Match": whole.headers["ETag"]})

    assert "immutable" in whole.headers["Cache-Control"]
    assert (told.status_code, told.content) == (200, b"")
    assert (part.status_code, part.content) == (206, photo[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(photo)}"
    assert (again.status_code, again.content) == (304, b"")


def test_an_announced_file_goes_straight_into_the_bucket_and_only_with_its_own_bytes(
    admin: NebulaClient,
) -> None:
    photo = photo_jpeg(77)
    declared = {"name": "a.jpg", "size": len(photo), "sha256": sha256(photo).hexdigest()}
    announced = admin.post("/dataset/uploads", json={"datasetName": "Session", "files": [declared]}).json()
    (asked,) = announced["files"]

    def put(body: bytes) -> int:
        return requests.request(
            asked["method"], asked["url"], headers=asked["headers"], data=body, timeout=10
        ).status_code

    assert put(photo[:-1] + b"x") in (400, 403)
    assert put(photo) == 200
    session = f"/dataset/uploads/{announced['uploadID']}"
    eventually(lambda: admin.get(session).json(), lambda status: bool(status["complete"]))
    (row,) = admin.rows(announced["datasetID"])
    assert (row["name"], row["sha256"]) == ("a.jpg", declared["sha256"])
