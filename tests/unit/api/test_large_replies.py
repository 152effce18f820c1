"""Replies of every size reach every client whole."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from functools import lru_cache

import pytest
from backports import zstd
from chalice.test import HTTPResponse

from chalicelib.api.compression import choose_coding
from chalicelib.api.limits import FUNCTION_PAYLOAD_BYTES, MAX_BODY_BYTES
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.model import Image
from tests.fakes.logbook import Logbook
from tests.fakes.services import FakeServices, an_image

from .speaking import DATASET_ID, Api, assert_error

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@lru_cache
def images_that_hardly_compress(count: int) -> list[Image]:
    """Images that differ in what is random."""
    draw = random.Random(1)
    image = an_image()
    return [replace(image, sha256=draw.randbytes(32).hex()) for _ in range(count)]


def many_images(services: FakeServices, count: int) -> None:
    """Fill the dataset."""
    services.browse.images = images_that_hardly_compress(count)


def details(api: Api, headers: dict[str, str] | None = None) -> HTTPResponse:
    """The whole set."""
    return api.post("/dataset/details", {"id": DATASET_ID}, headers=headers)


def test_a_client_that_takes_gzip_gets_it(api: Api, services: FakeServices) -> None:
    many_images(services, 1_000)
    plain = details(api)

    packed = details(api, GZIP)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert "Content-Encoding" not in plain.headers


def test_a_small_reply_is_not_compressed(api: Api) -> None:
    assert "Content-Encoding" not in api.get("/dataset/list", headers=GZIP).headers


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, gzip;q=0.5", "gzip"),
        ("deflate, gzip; q=1.0", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd, gzip;q=0.5", "zstd"),
        ("zstd;q=0, gzip;q=0.1", "gzip"),
        ("zstd", "zstd"),
        ("*", "gzip"),
        ("", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=0.000", None),
        ("*, gzip;q=0", None),
        ("br", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_how_a_reply_is_compressed_is_read_from_the_header(header: str, coding: str | None) -> None:
    assert choose_coding(header) == coding


def test_a_browsers_reply_is_smaller_than_gzip(api: Api, services: FakeServices) -> None:
    many_images(services, 2_000)

    browser = details(api, {"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert browser.headers["Content-Encoding"] == "zstd"
    assert len(browser.body) < len(details(api, GZIP).body)
    assert zstd.decompress(browser.body) == details(api).body


def test_a_reply_that_fits_compressed_is_returned(api: Api, services: FakeServices) -> None:
    many_images(services, 16_414)

    response = details(api, GZIP)

    assert response.status_code == 200
    assert len(json.loads(gzip.decompress(response.body))["result"]["datasetDetilsRows"]) == 16_414
    assert services.exports.published == []


def test_a_reply_that_does_not_fit_is_fetched_from_the_bucket(api: Api, services: FakeServices) -> None:
    many_images(services, 16_414)

    response = details(api)

    assert response.status_code == 303
    assert response.headers["Location"] == services.exports.URL
    assert "no-store" in response.headers["Cache-Control"]
    (published,) = services.exports.published
    assert (published.content_type, published.content_encoding) == ("application/json", None)
    assert len(json.loads(published.body)["result"]["datasetDetilsRows"]) == 16_414


def test_a_reply_that_does_not_even_fit_compressed_is_published_compressed(
    api: Api, services: FakeServices
) -> None:
    draw = random.Random(2)
    services.browse.images = [
        an_image(url=f"https://persist.test/{draw.randbytes(5_000).hex()}") for _ in range(1_100)
    ]

    response = api.post("/dataset/download", {"datasetID": DATASET_ID}, headers=GZIP)

    assert response.status_code == 303
    (published,) = services.exports.published
    assert published.file_name == f"Table-{DATASET_ID}.csv"
    assert (published.content_type, published.content_encoding) == ("text/csv; charset=utf-8", "gzip")
    assert len(gzip.decompress(published.body).splitlines()) == 1_101


def test_the_largest_reply_fits_into_what_a_function_returns(api: Api, services: FakeServices) -> None:
    services.browse.images = [an_image(url="h" * (MAX_BODY_BYTES - len("url\n\n")))]

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert response.status_code == 200
    assert len(response.body) == MAX_BODY_BYTES
    assert (len(response.body) + 2) // 3 * 4 + 10_000 < FUNCTION_PAYLOAD_BYTES


def test_a_bucket_that_does_not_answer_is_an_unknown_error(api: Api, services: FakeServices) -> None:
    many_images(services, 16_414)
    services.exports.fault = TransientFault("S3", "timeout")

    assert_error(details(api), 400, "Unknown error.", "Unknown error")


def test_the_presigned_url_of_a_large_reply_is_not_logged(
    api: Api, services: FakeServices, logbook: Logbook
) -> None:
    many_images(services, 16_414)

    details(api)

    (line,) = logbook.of("request")
    assert line["status"] == 303
    assert "very-secret" not in logbook.text
