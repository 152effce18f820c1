"""The edges of what a request and a reply may carry, where Lambda takes and returns 6 MB."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
import requests
from backports import zstd

from chalicelib.api.http.limits import MAX_BODY_BYTES
from infra.roles import REGION
from testing.client import NebulaClient
from testing.lambda_runtime.events import created
from testing.lambda_runtime.server import EVENT_LIMIT
from testing.made_sets import MadeSet, make_set, remove_set
from testing.photos import photo_jpeg
from tests.integration.infra.runtime.conftest import HOST, Deployed

MANY_ROWS = 40_010
GATEWAY_LIMIT = 10 * 1024 * 1024
DECODE: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": zstd.decompress}


def jpeg_of(size: int, seed: int) -> bytes:
    """A photo whose file has exactly this many bytes: comments, which decoders pass over, fill it up."""
    photo = photo_jpeg(seed)
    comments, left = b"", size - len(photo)
    while left:
        length = min(left, 60_000) if not 60_000 < left < 60_004 else 30_000
        comments += b"\xff\xfe" + (length - 2).to_bytes(2, "big") + bytes(length - 4)
        left -= length
    return photo[:2] + comments + photo[2:]


def file_for_form(name: str, total: int, seed: int) -> bytes:
    """A photo that makes the body of `NebulaClient.create` exactly this large."""
    form = {"data": {"Dataset Name": name}, "files": [("Image(s)", ("a.jpg", b" "))]}
    prepared = requests.Request("POST", "https://localhost/", **form).prepare().body
    assert isinstance(prepared, bytes)
    return jpeg_of(total - len(prepared) + 1, seed)


@pytest.fixture(scope="module")
def many(deployed: Deployed) -> Iterator[MadeSet]:
    """A dataset whose details are over 18 MB of JSON."""
    made = make_set(deployed.database, "Many rows", MANY_ROWS)
    yield made
    remove_set(deployed.database, made)


@pytest.mark.usefixtures("notified")
@pytest.mark.parametrize("total", [4_668_996, MAX_BODY_BYTES])
def test_a_form_up_to_the_limit_is_stored(admin: NebulaClient, total: int) -> None:
    body = file_for_form(f"Form {total}", total, total)

    reply = admin.create(f"Form {total}", [("a.jpg", body)])

    assert (reply.status_code, reply.json()["successUpload"]) == (200, "1"), reply.text
    (row,) = admin.rows(reply.json()["datasetID"])
    assert row["sha256"] == sha256(body).hexdigest()
    assert sha256(admin.session.get(row["url"]).content).hexdigest() == row["sha256"]


@pytest.mark.parametrize(
    ("total", "reaches_the_function"),
    [
        (MAX_BODY_BYTES + 1, True),
        (4_699_996, True),
        (4_714_996, True),
        (EVENT_LIMIT * 3 // 4, False),
        (5_500_000, False),
        (GATEWAY_LIMIT, False),
        (GATEWAY_LIMIT + 1, False),
    ],
)
def test_a_form_over_the_limit_is_refused_in_the_same_words_wherever_it_ends(
    deployed: Deployed, admin: NebulaClient, total: int, reaches_the_function: bool
) -> None:
    before = deployed.api.delivered

    reply = admin.create("Too large", [("a.jpg", file_for_form("Too large", total, 1))])

    body = reply.json()
    assert (reply.status_code, body["status"], body["name"]) == (413, 413, "Request too large")
    assert f"{MAX_BODY_BYTES:,} bytes" in body["message"]
    assert "POST /nebula/backend/dataset/uploads" in body["message"]
    assert deployed.api.delivered - before == reaches_the_function
    assert "Too large" not in admin.datasets()


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_forty_thousand_rows_come_in_one_compressed_reply(
    admin: NebulaClient, many: MadeSet, coding: str
) -> None:
    asked = {"json": {"id": many.id}, "headers": {"Accept-Encoding": coding}}
    reply = admin.post("/dataset/details", allow_redirects=False, stream=True, **asked)
    body = reply.raw.read(decode_content=False)

    assert (reply.status_code, reply.headers["Content-Encoding"]) == (200, coding)
    assert len(body) <= MAX_BODY_BYTES
    assert len(json.loads(DECODE[coding](body))["result"]["datasetDetilsRows"]) == MANY_ROWS


def test_forty_thousand_rows_uncompressed_are_fetched_from_the_bucket(
    deployed: Deployed, admin: NebulaClient, many: MadeSet
) -> None:
    followed = admin.post("/dataset/details", json={"id": many.id}, headers={"Accept-Encoding": "identity"})

    (sent,) = followed.history
    assert (sent.status_code, sent.content) == (303, b"")
    assert urlsplit(sent.headers["Location"]).path.startswith(f"/{deployed.bucket.name}/exports/")
    assert (followed.status_code, followed.headers["Content-Type"]) == (200, "application/json")
    assert len(followed.content) > EVENT_LIMIT
    assert len(followed.json()["result"]["datasetDetilsRows"]) == MANY_ROWS


def test_a_csv_of_forty_thousand_urls_comes_compressed_with_its_name(
    admin: NebulaClient, many: MadeSet
) -> None:
    reply = admin.post("/dataset/download", json={"datasetID": many.id}, headers={"Accept-Encoding": "gzip"})

    assert (reply.status_code, reply.headers["Content-Encoding"]) == (200, "gzip")
    assert f'filename="Table-{many.id}.csv"' in reply.headers["Content-Disposition"]
    lines = reply.text.splitlines()
    assert (lines[0], len(lines)) == ("url", MANY_ROWS + 1)
    assert lines[1].startswith(f"https://{HOST}/api/api/files/")


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY_BYTES, 200), (MAX_BODY_BYTES + 1, 302)])
def test_an_image_comes_through_the_function_or_else_from_the_bucket_byte_for_byte(
    deployed: Deployed, admin: NebulaClient, size: int, status: int
) -> None:
    name, body = f"Image of {size}", jpeg_of(size, 3)
    key = f"drop/{name}/a.jpg"
    deployed.bucket.put(key, body)
    deployed.ingest.invoke(created(deployed.bucket.name, key, body, deployed.bucket.etag(key), REGION))
    (row,) = admin.rows(admin.datasets()[name]["uniqueID"])

    followed = admin.session.get(row["url"])

    assert next(reply.status_code for reply in (*followed.history, followed)) == status
    assert sha256(followed.content).hexdigest() == row["sha256"] == sha256(body).hexdigest()
    assert followed.headers["Content-Type"] == "image/jpeg"
