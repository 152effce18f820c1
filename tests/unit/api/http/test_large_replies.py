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

from chalicelib.api.http.compression import choose_coding
from chalicelib.api.http.limits import FUNCTION_PAYLOAD_BYTES, MAX_BODY_BYTES
from chalicelib.domain.images import Image
from tests.fakes.logbook import Logbook
from tests.unit.api.backend import Backend, an_image, images_of_urls
from tests.unit.api.speaking import DATASET_ID, Api, assert_error

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@lru_cache
def images_that_hardly_compress(count: int) -> list[Image]:
    """Images that differ in what is random."""
    draw = random.Random(1)
    return [replace(an_image(f"{n}.png", n), sha256=draw.randbytes(32).hex()) for n in range(1, count + 1)]


def many_images(backend: Backend, count: int) -> None:
    """Fill the dataset."""
    backend.show(*images_that_hardly_compress(count))


def details(api: Api, headers: dict[str, str] | None = None) -> HTTPResponse:
    """The whole set."""
    return api.post("/dataset/details", {"id": DATASET_ID}, headers=headers)


def test_a_client_that_takes_gzip_gets_it(api: Api, backend: Backend) -> None:
    many_images(backend, 1_000)
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


def test_a_browsers_reply_is_smaller_than_gzip(api: Api, backend: Backend) -> None:
    many_images(backend, 2_000)

    browser = details(api, {"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert browser.headers["Content-Encoding"] == "zstd"
    assert len(browser.body) < len(details(api, GZIP).body)
    assert zstd.decompress(browser.body) == details(api).body


def test_a_reply_that_fits_compressed_is_returned(api: Api, backend: Backend) -> None:
    many_images(backend, 16_414)

    response = details(api, GZIP)

    assert response.status_code == 200
    assert len(json.loads(gzip.decompress(response.body))["result"]["datasetDetilsRows"]) == 16_414
    assert backend.published() == []


def test_a_reply_that_does_not_fit_is_fetched_from_the_bucket(api: Api, backend: Backend) -> None:
    many_images(backend, 16_414)

    response = details(api)

    assert response.status_code == 303
    assert "no-store" in response.headers["Cache-Control"]
    (published,) = backend.published()
    assert (published.content_type, published.content_encoding) == ("application/json", None)
    body, _ = backend.ports.store.open_url(response.headers["Location"])
    assert len(json.loads(body)["result"]["datasetDetilsRows"]) == 16_414


def test_a_reply_that_does_not_even_fit_compressed_is_published_compressed(
    api: Api, backend: Backend
) -> None:
    draw = random.Random(2)
    urls = (f"https://persist.test/{draw.randbytes(5_000).hex()}" for _ in range(1_100))
    backend.show(*images_of_urls(urls))

    response = api.post("/dataset/download", {"datasetID": DATASET_ID}, headers=GZIP)

    assert response.status_code == 303
    (published,) = backend.published()
    _, headers = backend.ports.store.open_url(response.headers["Location"])
    assert headers["content-disposition"] == f'attachment; filename="Table-{DATASET_ID}.csv"'
    assert (published.content_type, published.content_encoding) == ("text/csv; charset=utf-8", "gzip")
    assert len(gzip.decompress(published.body).splitlines()) == 1_101


def test_the_largest_reply_fits_into_what_a_function_returns(api: Api, backend: Backend) -> None:
    backend.show(an_image(url="h" * (MAX_BODY_BYTES - len("url\n\n"))))

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert response.status_code == 200
    assert len(response.body) == MAX_BODY_BYTES
    assert (len(response.body) + 2) // 3 * 4 + 10_000 < FUNCTION_PAYLOAD_BYTES


def test_a_bucket_that_does_not_answer_is_an_unknown_error(api: Api, backend: Backend) -> None:
    many_images(backend, 16_414)
    backend.ports.store.fail_next("put")

    assert_error(details(api), 400, "Unknown error.", "Unknown error")


def test_the_presigned_url_of_a_large_reply_is_not_logged(
    api: Api, backend: Backend, logbook: Logbook
) -> None:
    many_images(backend, 16_414)

    assert "very-secret" in details(api).headers["Location"]

    (line,) = logbook.of("request")
    assert line["status"] == 303
    assert "very-secret" not in logbook.text
