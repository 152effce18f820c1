"""The main job: photos go in by each way, and come out of list, details, CSV, URLs and trove."""

from __future__ import annotations

import re
from hashlib import sha256
from io import BytesIO
from urllib.parse import quote

import imagehash
import pytest
import requests
from PIL import Image as Picture

from testing.client import Bucket, NebulaClient, eventually
from testing.photos import photo_jpeg, photo_png

DATASET_KEYS = {
    "uniqueID",
    "name",
    "imagesCount",
    "uploadDate",
    "modifyDate",
    "datasetSize",
    "createdBy",
    "pendingCount",
    "rejectedCount",
}
ROW_KEYS = {
    "uniqueID",
    "name",
    "fileSize",
    "imageSize",
    "uploadDate",
    "fileType",
    "uploadedBy",
    "url",
    "sha256",
    "imageHash",
}
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
URL = re.compile(r"http://127\.0\.0\.1:\d+/api/files/\d+/download/[0-9a-f]{64}\.(jpg|jpeg|png)")


def human(size: int) -> str:
    """The documented rule, written down a second time."""
    value, unit = float(size), "B"
    for larger in ("KB", "MB", "GB"):
        if value >= 1024:
            value, unit = value / 1024, larger
    return f"{value:.1f}{unit}"


@pytest.fixture(scope="module")
def photos() -> list[tuple[str, bytes]]:
    """Five photos, not in the order of their names."""
    return [
        ("front.jpg", photo_jpeg(1, 640, 480)),
        ("back.jpeg", photo_jpeg(2, 480, 640)),
        ("Zoë's card.png", photo_png(3, 320, 240)),
        ("a b+c%20d.JPG", photo_jpeg(4, 800, 600)),
        ("05.jpg", photo_jpeg(5, 400, 300)),
    ]


@pytest.fixture(scope="module")
def broken() -> list[tuple[str, bytes]]:
    """A photo cut in half, and what is none."""
    return [("half.jpg", photo_jpeg(6, 640, 480)[:9000]), ("notes.jpg", b"these are not pixels")]


@pytest.fixture(scope="module")
def created(admin: NebulaClient, photos: list[tuple[str, bytes]], broken: list[tuple[str, bytes]]) -> str:
    """The id of a dataset of five photos, made from seven files."""
    reply = admin.create("ID cards (front & back) 100%", [*photos[:3], *broken, *photos[3:]])
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["success"] == "5 files uploaded."
    assert body["status"] == 200
    assert body["failedUpload"] == "2"
    assert body["successUpload"] == "5"
    assert [failure["name"] for failure in body["failures"]] == ["half.jpg", "notes.jpg"]
    assert all(failure["name"] in failure["reason"] for failure in body["failures"])
    return str(body["datasetID"])


def test_rows_come_in_upload_order_with_the_documented_fields(
    admin: NebulaClient, created: str, photos: list[tuple[str, bytes]]
) -> None:
    rows = admin.rows(created)
    assert [row["name"] for row in rows] == [name for name, _ in photos]
    for row, (name, body) in zip(rows, photos, strict=True):
        with Picture.open(BytesIO(body)) as picture:
            width, height = picture.size
            expected_hash = imagehash.phash(picture)
        assert set(row) == ROW_KEYS
        assert re.fullmatch("[0-9a-f]{24}", row["uniqueID"])
        assert row["fileSize"] == f"{len(body) / 1024 / 1024:.2f}MB ({human(len(body))})"
        assert row["imageSize"] == f"{width}x{height}"
        assert row["fileType"] == name.rsplit(".", 1)[1].upper()
        assert row["uploadedBy"] == "admin"
        assert DATE.fullmatch(row["uploadDate"])
        assert row["sha256"] == sha256(body).hexdigest()
        assert imagehash.hex_to_hash(row["imageHash"]) - expected_hash <= 2


def test_the_list_shows_exact_totals(
    admin: NebulaClient, created: str, photos: list[tuple[str, bytes]]
) -> None:
    row = admin.datasets()["ID cards (front & back) 100%"]
    size = sum(len(body) for _, body in photos)
    assert set(row) == DATASET_KEYS
    assert row["uniqueID"] == created
    assert row["imagesCount"] == 5
    assert row["datasetSize"] == f"{size / 1024 / 1024:6.2f}MB ({human(size)})"
    assert row["createdBy"] == "admin"
    assert admin.details(created)["datasetDetails"] == row


def test_urls_return_the_uploaded_bytes_without_a_token(
    admin: NebulaClient, created: str, photos: list[tuple[str, bytes]]
) -> None:
    for row, (_, body) in zip(admin.rows(created), photos, strict=True):
        assert URL.fullmatch(row["url"]), row["url"]
        reply = requests.get(row["url"], timeout=30)
        assert reply.status_code == 200
        assert reply.content == body
        assert reply.headers["Content-Type"] in ("image/jpeg", "image/png")


def test_trove_holds_one_object_per_image_byte_for_byte(
    created: str, bucket: Bucket, photos: list[tuple[str, bytes]]
) -> None:
    folder = f"trove/{quote('ID cards (front & back) 100%', safe='')}/"
    assert sorted(bucket.keys(folder)) == sorted(folder + name for name, _ in photos)
    for name, body in photos:
        assert bucket.get(folder + name) == body


def test_rejected_originals_are_kept_and_the_intake_is_empty(
    created: str, bucket: Bucket, broken: list[tuple[str, bytes]]
) -> None:
    kept = [bucket.get(key) for key in bucket.keys("rejected/")]
    assert all(body in kept for _, body in broken)
    assert bucket.keys(f"incoming/{created}/") == []


def test_receipts_tell_what_became_of_every_file(admin: NebulaClient, created: str) -> None:
    receipts = admin.get(f"/dataset/receipts?datasetID={created}").json()["receipts"]
    assert [receipt["state"] for receipt in receipts] == ["stored"] * 3 + ["rejected"] * 2 + ["stored"] * 2
    rejected = admin.get(f"/dataset/receipts?datasetID={created}&state=rejected").json()["receipts"]
    assert [receipt["name"] for receipt in rejected] == ["half.jpg", "notes.jpg"]
    assert all(receipt["reason"] for receipt in rejected)


def test_the_csv_holds_the_urls_in_order(admin: NebulaClient, created: str) -> None:
    reply = admin.post("/dataset/download", json={"datasetID": created})
    assert reply.headers["Content-Type"].startswith("text/csv")
    assert f"Table-{created}.csv" in reply.headers["Content-Disposition"]
    assert reply.text.splitlines() == ["url", *(row["url"] for row in admin.rows(created))]


def test_update_adds_and_a_taken_name_gets_a_suffix(admin: NebulaClient) -> None:
    first, second = photo_jpeg(11, 320, 240), photo_jpeg(12, 320, 240)
    dataset = admin.create("Growing", [("one.jpg", first)]).json()["datasetID"]
    reply = admin.update("Growing", [("one.jpg", second), ("two.jpg", first)])
    assert (reply.json()["datasetID"], reply.json()["successUpload"]) == (dataset, "2")
    names = [row["name"] for row in admin.rows(dataset)]
    assert names[0] == "one.jpg"
    assert re.fullmatch(r"one-[0-9a-f]+\.jpg", names[1])
    assert names[2] == "two.jpg"


def test_delete_removes_image_and_mirror_and_a_repeat_is_harmless(
    admin: NebulaClient, bucket: Bucket
) -> None:
    files = [(f"{n}.jpg", photo_jpeg(20 + n, 200, 150)) for n in range(3)]
    dataset = admin.create("Shrinking", files).json()["datasetID"]
    body = {"datasetID": dataset, "imagesNames": ["0.jpg", "2.jpg", "never there.jpg"]}
    reply = admin.post("/delete/images", json=body).json()
    assert reply["datasetDetails"]["imagesCount"] == 1
    assert [row["name"] for row in reply["datasetDetilsRows"]] == ["1.jpg"]
    assert reply["notFound"] == ["never there.jpg"]
    assert bucket.keys("trove/Shrinking/") == ["trove/Shrinking/1.jpg"]

    again = admin.post("/dataset/delete/images", json=body)
    assert again.status_code == 200
    assert again.json()["datasetDetails"]["imagesCount"] == 1
    assert sorted(again.json()["notFound"]) == sorted(body["imagesNames"])

    back = admin.update("Shrinking", [("0.jpg", files[0][1])])
    assert back.json()["successUpload"] == "1"
    assert [row["name"] for row in admin.rows(dataset)] == ["1.jpg", "0.jpg"]


@pytest.mark.parametrize(
    ("folder", "dataset"),
    [
        ("Passports", "Passports"),
        ("My data+set 100% é 日本", "My data+set 100% é 日本"),
        ("100%25 literal", "100%25 literal"),
        ("scans%2F2026", "scans/2026"),
    ],
)
def test_a_dropped_file_makes_its_dataset(
    admin: NebulaClient, bucket: Bucket, folder: str, dataset: str
) -> None:
    name, body = "a b+c%20d (é).jpg", photo_jpeg(30, 300, 200)
    bucket.put(f"drop/{folder}/any path/2026+11/{name}", body, {"uploaded-by": "line-3"})
    row = eventually(lambda: admin.datasets().get(dataset, {}), lambda row: row.get("imagesCount") == 1)
    (image,) = admin.rows(row["uniqueID"])
    assert (image["name"], image["uploadedBy"]) == (name, "line-3")
    assert requests.get(image["url"], timeout=30).content == body
    assert bucket.keys(f"trove/{quote(dataset, safe='')}/") == [f"trove/{quote(dataset, safe='')}/{name}"]


def test_the_same_drop_again_changes_nothing(admin: NebulaClient, bucket: Bucket) -> None:
    body = photo_jpeg(40, 300, 200)
    bucket.put("drop/Synced/x.jpg", body)
    eventually(lambda: admin.datasets().get("Synced", {}), lambda row: row.get("imagesCount") == 1)
    before = admin.details(admin.datasets()["Synced"]["uniqueID"])
    bucket.put("drop/Synced/x.jpg", body)
    # A marker dropped after the repeat: once it is there, the repeat has been dealt with.
    bucket.put("drop/Synced/marker.jpg", photo_jpeg(41, 300, 200))
    eventually(lambda: admin.datasets()["Synced"]["imagesCount"], lambda count: count >= 2)
    after = admin.details(admin.datasets()["Synced"]["uniqueID"])
    assert [row["name"] for row in after["datasetDetilsRows"]] == ["x.jpg", "marker.jpg"]
    assert after["datasetDetilsRows"][0] == before["datasetDetilsRows"][0]


def test_changed_bytes_at_a_dropped_key_are_a_new_image(admin: NebulaClient, bucket: Bucket) -> None:
    bucket.put("drop/Changing/x.jpg", photo_jpeg(50, 300, 200))
    eventually(lambda: admin.datasets().get("Changing", {}), lambda row: row.get("imagesCount") == 1)
    bucket.put("drop/Changing/x.jpg", photo_jpeg(51, 300, 200))
    eventually(lambda: admin.datasets()["Changing"], lambda row: row.get("imagesCount") == 2)


def test_a_bad_drop_is_rejected_with_a_reason_and_the_others_go_through(
    admin: NebulaClient, bucket: Bucket
) -> None:
    bucket.put("drop/Mixed/empty.jpg", b"")
    bucket.put("drop/Mixed/good.jpg", photo_jpeg(60, 300, 200))
    row = eventually(lambda: admin.datasets().get("Mixed", {}), lambda row: row.get("imagesCount") == 1)
    (receipt,) = eventually(
        lambda: admin.get(f"/dataset/receipts?datasetID={row['uniqueID']}&state=rejected").json()["receipts"],
        lambda receipts: len(receipts) == 1,
    )
    assert receipt["name"] == "empty.jpg"
    assert "empty" in receipt["reason"]
    assert "drop/Mixed/good.jpg" in bucket.keys("drop/Mixed/")
