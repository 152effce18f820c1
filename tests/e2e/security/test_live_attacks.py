"""What only a running system shows: names on a real S3 server, raw bytes on a real socket, served files."""

from __future__ import annotations

import io
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from PIL import Image as Picture

from testing.client import Bucket, NebulaClient, eventually
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

PHOTO = photo_jpeg(77, 64, 48)
TRAVERSALS = ["..", ".", "../../x.jpg", "/etc/passwd", "..\\..\\x.jpg", "....//x.jpg", "~", "a/../../x.jpg"]


def unique(name: str = "attacked") -> str:
    """A dataset name of this test's own."""
    return f"{name} {uuid4().hex[:8]}"


def test_a_file_name_cannot_leave_its_folder_on_a_real_server(admin: NebulaClient, bucket: Bucket) -> None:
    before = set(bucket.keys(""))

    made = admin.create(unique(), [*((name, PHOTO) for name in TRAVERSALS), ("good.jpg", PHOTO)])

    body = made.json()
    assert made.status_code == 200, made.text
    names = [row["name"] for row in admin.rows(body["datasetID"])]
    assert "good.jpg" in names
    assert int(body["successUpload"]) == len(names)
    assert len(names) + int(body["failedUpload"]) == len(TRAVERSALS) + 1
    assert not {"..", "."} & set(names)
    new = set(bucket.keys("")) - before
    assert all(re.match(r"(trove|persist|thumbs|previews|rejected)/", key) for key in new), new
    assert not [key for key in new if ".." in key.split("/") or "//" in key]


@pytest.mark.parametrize("name", ["../{}", "/{}", "..%2f{}", "%2e%2e/{}", "{}/../../x", "\u202e{}", "{}\\.."])
def test_a_dataset_name_is_one_folder_of_the_mirror(admin: NebulaClient, bucket: Bucket, name: str) -> None:
    name = name.format(unique())

    made = admin.create(name, [("a.jpg", PHOTO)]).json()

    assert made["successUpload"] == "1", made
    assert name in admin.datasets()
    mirrored = [key for key in bucket.keys("trove/") if bucket.get(key) == PHOTO and key.endswith("/a.jpg")]
    assert all(key.count("/") == 2 for key in mirrored)


def test_served_bytes_are_what_was_uploaded_as_the_detected_type_and_cannot_be_sniffed(
    admin: NebulaClient,
) -> None:
    png = io.BytesIO()
    Picture.new("RGB", (8, 8), "red").save(png, "PNG")
    html = b"<script>alert(1)</script>"
    made = admin.create(unique(), [("page.html", png.getvalue()), ("photo.svg", PHOTO + html)]).json()

    served = [requests.get(row["url"], timeout=20) for row in admin.rows(made["datasetID"])]

    assert [reply.headers["Content-Type"] for reply in served] == ["image/png", "image/jpeg"]
    assert [reply.content for reply in served] == [png.getvalue(), PHOTO + html]
    for reply in served:
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"].endswith("sandbox")
        assert reply.headers["Cache-Control"].startswith("private,")


def test_a_file_too_large_for_a_reply_is_saved_and_not_shown(admin: NebulaClient) -> None:
    noise = Picture.effect_noise((2600, 2600), 100)
    png = io.BytesIO()
    noise.save(png, "PNG", compress_level=0)
    body = png.getvalue()
    session = admin.post(
        "/dataset/uploads",
        json={"datasetName": unique(), "files": [{"name": "scan.png", "size": len(body)}]},
    ).json()
    request = session["files"][0]
    assert requests.put(request["url"], body, headers=request["headers"], timeout=30).status_code == 200
    [row] = eventually(lambda: admin.rows(session["datasetID"]), lambda rows: bool(rows))

    served = requests.get(row["url"], timeout=30)

    assert served.history[0].status_code == 302
    assert served.content == body
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["Content-Disposition"] == "attachment"


def test_a_url_tells_nothing_of_the_next_one(admin: NebulaClient) -> None:
    made = admin.create(unique(), [(f"{n}.jpg", photo_jpeg(n, 32, 32)) for n in range(8)]).json()
    urls = [urlsplit(row["url"]).path.split("/") for row in admin.rows(made["datasetID"])]
    # The numbers may follow one another, as the documented service's do: the name is the key.
    names = [parts[5].partition(".")[0] for parts in urls]

    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)
    assert len(set(names)) == 8
    shared = [sum(a == b for a, b in zip(names[0], other, strict=True)) for other in names[1:]]
    assert max(shared) < 20, "names of one upload are alike"


def test_every_wrong_url_is_answered_alike_whether_half_of_it_is_right(
    admin: NebulaClient, stack: LaptopStack
) -> None:
    made = admin.create(unique(), [("a.jpg", PHOTO), ("b.jpg", photo_jpeg(5, 32, 32))]).json()
    (one, name), (other, _) = (
        urlsplit(row["url"]).path.split("/")[3::2] for row in admin.rows(made["datasetID"])
    )
    base = stack.url.removesuffix("/nebula/backend") + "/api/files"
    wrong = [
        f"{base}/{one}/download/{'0' * 64}.jpg",
        f"{base}/{other}/download/{name}",
        f"{base}/1/download/{name}",
        f"{base}/{one}/download/{name[:-4]}.png",
        f"{base}/{one}/download/{name.upper()}",
        f"{base}/{one}/download/{name}%00",
        f"{base}/..%2f..%2ftrove/download/{name}",
        f"{base}/{one}/download/..%2f..%2ftrove%2fx",
    ]

    answers = [requests.get(url, timeout=20) for url in wrong]

    assert {(reply.status_code, reply.json()["message"]) for reply in answers} == {
        (404, "There is no such file.")
    }


_POST = b"POST /nebula/backend/dataset/details HTTP/1.1\r\nHost: x\r\n"
_LIST = b"GET /nebula/backend/dataset/list"
RAW = {
    "no host": _LIST + b" HTTP/1.1\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    "length and chunks": _POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad chunk": _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a folded header": _LIST + b" HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\n b\r\n\r\n",
    "a huge header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a URL elsewhere": b"GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL": _LIST + b"\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a traversal": b"GET /nebula/backend/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a negative length": _POST + b"Content-Length: -1\r\n\r\n",
}


def answer_to(sent: bytes, stack: LaptopStack) -> bytes:
    """All that the server sends back before it hangs up, which it may do in the middle of what is sent."""
    address = urlsplit(stack.url)
    received = b""
    connection = socket.create_connection((address.hostname, address.port), timeout=10)
    with suppress(OSError), connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize("what", RAW)
def test_bytes_that_are_no_good_http_get_an_error_and_the_next_client_an_answer(
    stack: LaptopStack, what: str
) -> None:
    answer = answer_to(RAW[what], stack)

    assert not re.search(rb"HTTP/1.[01] 2", answer), answer[:300]
    assert b"root:" not in answer
    assert b"Traceback" not in answer
    assert requests.get(f"{stack.url}/health", timeout=10).json()["status"] == "ok"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@x", 'x"><script>', "127.0.0.1:1/../"])
def test_a_foreign_host_header_reaches_nobody_else(admin: NebulaClient, host: str) -> None:
    made = admin.create(unique(), [("a.jpg", PHOTO)]).json()

    admin.post("/dataset/details", json={"id": made["datasetID"]}, headers={"Host": host})

    [row] = admin.rows(made["datasetID"])
    assert row["url"].startswith(admin.url.removesuffix("/nebula/backend"))


def test_a_page_elsewhere_gets_no_cookie_to_ride_on(stack: LaptopStack) -> None:
    reply = requests.get(f"{stack.url}/dataset/list", headers={"Origin": "https://evil.example"}, timeout=10)

    assert reply.status_code == 401
    assert "Set-Cookie" not in reply.headers
    assert "Access-Control-Allow-Credentials" not in reply.headers
