"""What browsers, `curl -I` and download managers do with an image's URL, and with a wrong one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image as Picture

from testing.client import NebulaClient, eventually
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

KEPT = "private, max-age=31536000, immutable"
FRONTEND, LAB, STRANGER = "https://data.example.com", "http://localhost:3000", "https://evil.example"


@dataclass(frozen=True)
class Shown:
    """An image: its URL and its bytes."""

    url: str
    body: bytes


@pytest.fixture(scope="module")
def small(admin: NebulaClient) -> Shown:
    """An image that one reply carries."""
    body = photo_jpeg(91, 320, 240)
    made = admin.create("Shown small", [("a.jpg", body)]).json()
    return Shown(admin.rows(made["datasetID"])[0]["url"], body)


@pytest.fixture(scope="module")
def large(admin: NebulaClient) -> Shown:
    """An image that no reply carries."""
    png = io.BytesIO()
    Picture.effect_noise((2400, 2400), 100).save(png, "PNG", compress_level=0)
    body = png.getvalue()
    files = [{"name": "scan.png", "size": len(body)}]
    session = admin.post("/dataset/uploads", json={"datasetName": "Shown large", "files": files}).json()
    request = session["files"][0]
    assert requests.put(request["url"], body, headers=request["headers"], timeout=60).status_code == 200
    [row] = eventually(lambda: admin.rows(session["datasetID"]), bool)
    return Shown(row["url"], body)


def get(shown: Shown, **headers: str) -> requests.Response:
    """GET an image with these headers (`if_range` for `If-Range`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(shown.url, headers=named, timeout=60)


@pytest.fixture(params=["small", "large"])
def shown(request: pytest.FixtureRequest) -> Shown:
    """An image by either road."""
    image: Shown = request.getfixturevalue(request.param)
    return image


def test_the_bytes_may_be_kept_by_their_viewer_and_are_named(shown: Shown) -> None:
    reply = get(shown)
    assert (reply.status_code, reply.content) == (200, shown.body)
    assert reply.headers["Cache-Control"] == KEPT
    assert reply.headers["ETag"].startswith('"')


def test_who_has_the_bytes_is_told_so_before_any_redirect(shown: Shown) -> None:
    etag = get(shown).headers["ETag"]
    reply = get(shown, if_none_match=etag)
    assert (reply.status_code, reply.content, reply.history) == (304, b"", [])
    assert (reply.headers["ETag"], reply.headers["Cache-Control"]) == (etag, KEPT)
    assert get(shown, if_none_match='"of other bytes"').status_code == 200


def test_head_tells_size_type_and_name_of_the_bytes(shown: Shown) -> None:
    reply = requests.head(shown.url, timeout=60)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(shown.body))
    assert reply.headers["Content-Type"] in ("image/jpeg", "image/png")
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["ETag"] == get(shown).headers["ETag"]
    assert reply.headers["Cache-Control"] == KEPT


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-99", 0, 99), ("100-", 100, None), ("-100", -100, None)]
)
def test_a_part_comes_alone(shown: Shown, asked: str, first: int, last: int | None) -> None:
    reply = get(shown, range=f"bytes={asked}")
    assert reply.status_code == 206
    assert reply.content == shown.body[first : None if last is None else last + 1]
    assert reply.headers["Content-Range"].endswith(f"/{len(shown.body)}")


def test_a_download_that_broke_off_goes_on(shown: Shown) -> None:
    etag, half = get(shown).headers["ETag"], len(shown.body) // 2
    rest = get(shown, range=f"bytes={half}-", if_range=etag)
    assert shown.body[:half] + rest.content == shown.body
    other = get(shown, range=f"bytes={half}-", if_range='"of other bytes"')
    assert other.content[-9:] == shown.body[-9:]


def test_a_part_that_is_not_there_is_refused_and_not_kept(shown: Shown) -> None:
    reply = get(shown, range=f"bytes={len(shown.body)}-")
    assert reply.status_code == reply.json()["status"] == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(shown.body)}"
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_part_of_a_large_image_needs_no_redirect_where_it_fits(large: Shown) -> None:
    assert get(large, range="bytes=0-99").history == []
    (redirect,) = get(large).history
    assert redirect.headers["Cache-Control"] == "private, max-age=240"


def test_head_is_answered_wherever_get_is(admin: NebulaClient, stack: LaptopStack) -> None:
    for path in ("/health", "/openapi.json", "/docs"):
        head, got = (requests.request(method, stack.url + path, timeout=20) for method in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
    reply = requests.head(f"{stack.url}/dataset/list", headers={"Authorization": admin.token}, timeout=20)
    assert reply.status_code == 200
    assert requests.head(f"{stack.url}/dataset/create", timeout=20).status_code == 405


WRONG = {
    "an unknown path": ("GET", "/nothing", 404),
    "an unknown path, with a token": ("POST", "/dataset", 404),
    "another method": ("DELETE", "/dataset/list", 405),
    "no token": ("GET", "/dataset/list", 401),
    "a request too large for the gateway": ("POST", "/dataset/create", 413),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_page_can_read_what_went_wrong(stack: LaptopStack, what: str) -> None:
    method, path, status = WRONG[what]
    headers = {"Origin": FRONTEND, **({"Authorization": stack.token()} if "with a token" in what else {})}
    body = bytes(11 << 20) if status == 413 else b""
    reply = requests.request(method, stack.url + path, headers=headers, data=body, timeout=60)
    assert reply.status_code == reply.json()["status"] == status
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "WWW-Authenticate" not in reply.headers
    assert ("x-amzn-Remapped-WWW-Authenticate" in reply.headers) == (status == 401)


@pytest.fixture
def of_two_frontends(tmp_path: Path) -> Iterator[LaptopStack]:
    """A stack that two web pages call."""
    laptop = LaptopStack(tmp_path, {"NEBULA_FRONTEND_ORIGIN": f"{FRONTEND},{LAB}"})
    try:
        laptop.start()
        yield laptop
    finally:
        laptop.stop()


def test_pages_of_several_frontends_ask_first_and_read_each_answer(of_two_frontends: LaptopStack) -> None:
    url, token = of_two_frontends.url, of_two_frontends.token()
    made = NebulaClient(url, token).create("Shown", [("a.jpg", photo_jpeg(92, 64, 48))]).json()
    image = NebulaClient(url, token).rows(made["datasetID"])[0]["url"]
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for origin in (FRONTEND, LAB):
        asked = requests.options(f"{url}/dataset/list", headers={"Origin": origin, **preflight}, timeout=20)
        assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, origin)
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        for address in (f"{url}/dataset/list", f"{url}/nothing", image):
            reply = requests.get(address, headers={"Origin": origin, "Authorization": token}, timeout=20)
            assert reply.headers["Access-Control-Allow-Origin"] == origin, address
            assert "Origin" in reply.headers["Vary"]
    refused = requests.options(f"{url}/dataset/list", headers={"Origin": STRANGER, **preflight}, timeout=20)
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_listing_of_the_bucket_tells_no_url(small: Shown, stack: LaptopStack) -> None:
    name = urlsplit(small.url).path.rsplit("/", 1)[-1]
    pages = stack.s3().get_paginator("list_objects_v2").paginate(Bucket=stack.variables["NEBULA_BUCKET"])
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert [key for key in keys if key.startswith("persist/")]
    assert [key for key in keys if name[:64] in key] == []
