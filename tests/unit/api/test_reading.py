"""List, details and download, field for field as published."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from chalicelib.domain.paging import PageRequest
from tests.fakes.services import DATASET, PAGED_CURSOR, FakeServices, an_image

from .speaking import BASE, DATASET_ID, UNKNOWN_ID, Api, assert_error

DATASET_ROW = {
    "uniqueID": DATASET_ID,
    "name": "testRuleSet3",
    "imagesCount": 3,
    "uploadDate": "2021-07-20 17:55",
    "modifyDate": "2021-07-20 17:55",
    "datasetSize": "  1.98MB (2.0MB)",
    "createdBy": "yash",
}
IMAGE_ROW = {
    "uniqueID": "000000000000000000000001",
    "name": "PxtaOARjrhTJkWN4tVV2FTRGJJ0nPKyH.png",
    "fileSize": "0.91MB (934.8KB)",
    "imageSize": "3505x2480",
    "uploadDate": "2021-07-22 18:42",
    "fileType": "PNG",
    "uploadedBy": "yash",
    "url": "http://nebula.test/api/files/26936493/download/4cac.png",
    "sha256": "0" * 63 + "1",
    "imageHash": "0" * 15 + "1",
}


def test_the_list_is_the_published_one(api: Api) -> None:
    response = api.get("/dataset/list")

    assert response.status_code == 200
    assert response.json_body == {"result": {"datasetList": [DATASET_ROW]}}


def test_the_details_are_the_published_ones_with_both_hashes(api: Api) -> None:
    response = api.post("/dataset/details", {"id": DATASET_ID})

    assert response.status_code == 200
    assert response.json_body == {"result": {"datasetDetails": DATASET_ROW, "datasetDetilsRows": [IMAGE_ROW]}}


def test_keys_stand_in_the_order_of_the_page(api: Api) -> None:
    result = api.post("/dataset/details", {"id": DATASET_ID}).json_body["result"]

    assert list(result) == ["datasetDetails", "datasetDetilsRows"]
    assert list(result["datasetDetails"]) == list(DATASET_ROW)
    assert list(result["datasetDetilsRows"][0]) == list(IMAGE_ROW)


@pytest.mark.parametrize("key", ["id", "datasetID"])
def test_details_take_the_id_under_either_key_in_either_case(
    api: Api, services: FakeServices, key: str
) -> None:
    assert api.post("/dataset/details", {key: DATASET_ID.upper()}).status_code == 200
    assert services.browse.asked == [(DATASET_ID, PageRequest())]


def test_without_paging_keys_the_whole_set_is_asked_for(api: Api, services: FakeServices) -> None:
    api.get("/dataset/list")

    assert services.browse.asked == [(PageRequest(),)]


def test_the_list_pages_sorts_and_searches_by_query_parameters(api: Api, services: FakeServices) -> None:
    cursor = PAGED_CURSOR.encode()

    response = api.get(f"/dataset/list?limit=2&sort=-name&search=pan%20card&cursor={cursor}&unknown=1")

    assert services.browse.asked == [(PageRequest(2, PAGED_CURSOR, "-name", "pan card"),)]
    assert response.json_body["result"]["nextCursor"] == cursor


def test_details_page_sort_and_search_by_body_keys(api: Api, services: FakeServices) -> None:
    cursor = PAGED_CURSOR.encode()
    asked = {
        "id": DATASET_ID,
        "limit": 10_000,
        "cursor": cursor,
        "sort": "fileSize",
        "search": "IMG",
        "unknown": {},
    }

    response = api.post("/dataset/details", asked)

    assert services.browse.asked == [(DATASET_ID, PageRequest(10_000, PAGED_CURSOR, "fileSize", "IMG"))]
    assert response.json_body["result"]["nextCursor"] == cursor


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=10001",
        "limit=ten",
        "limit=1.5",
        "limit=1&limit=2",
        "sort=size",
        "cursor=%00",
        "cursor=AAAA",
        "search=%00",
    ],
)
def test_a_malformed_query_parameter_is_refused(api: Api, query: str) -> None:
    assert_error(
        api.get(f"/dataset/list?{query}"),
        400,
        "Invalid JSON parameters.",
        "Invalid input parameters to /nebula/backend/dataset/list",
    )


def test_a_type_that_no_extension_tells_is_the_detected_one(api: Api, services: FakeServices) -> None:
    services.browse.images = [an_image("photo"), an_image("scan.JPeg"), an_image(".png"), an_image("odd.")]

    rows = api.post("/dataset/details", {"id": DATASET_ID}).json_body["result"]["datasetDetilsRows"]

    assert [row["fileType"] for row in rows] == ["PNG", "JPEG", "PNG", "PNG"]


def test_the_download_is_a_csv_of_urls(api: Api, services: FakeServices) -> None:
    services.browse.images = [an_image(), an_image(url="https://persist.test/api/files/1/download/a.jpg")]

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"] == f'attachment; filename="Table-{DATASET_ID}.csv"'
    assert response.body.decode() == (
        "url\n"
        "http://nebula.test/api/files/26936493/download/4cac.png\n"
        "https://persist.test/api/files/1/download/a.jpg\n"
    )


def test_a_download_of_many_urls_holds_each_once_in_order(api: Api, services: FakeServices) -> None:
    urls = [f"https://persist.test/{number}" for number in range(2_500)]
    services.browse.images = [an_image(url=url) for url in urls]

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert [row["url"] for row in csv.DictReader(io.StringIO(response.body.decode()))] == urls


def test_a_url_with_a_comma_or_a_quote_stays_one_field(api: Api, services: FakeServices) -> None:
    url = 'https://persist.test/a,b"c'
    services.browse.images = [an_image(url=url)]

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert list(csv.reader(io.StringIO(response.body.decode()))) == [["url"], [url]]


def test_a_dataset_without_images_downloads_as_a_header_alone(api: Api, services: FakeServices) -> None:
    services.browse.images = []

    assert api.post("/dataset/download", {"datasetID": DATASET_ID}).body == b"url\n"


@pytest.mark.parametrize(("path", "key"), [("/dataset/details", "id"), ("/dataset/download", "datasetID")])
def test_a_dataset_that_does_not_exist_is_an_invalid_parameter(api: Api, path: str, key: str) -> None:
    assert_error(
        api.post(path, {key: UNKNOWN_ID}),
        400,
        "Invalid JSON parameters.",
        f"Invalid input parameters to {BASE}{path}",
    )


def test_names_beyond_ascii_are_sent_as_they_are(api: Api, services: FakeServices) -> None:
    name = 'आधार कार्ड "1" 😀.png'
    services.browse.images = [replace(an_image(), name=name)]

    rows = api.post("/dataset/details", {"id": DATASET.id}).json_body["result"]["datasetDetilsRows"]

    assert rows[0]["name"] == name


@pytest.mark.parametrize("word", ["null", "NULL", "true", "1", "[]"])
def test_a_search_is_for_the_word_itself_whatever_it_means_in_json(
    api: Api, services: FakeServices, word: str
) -> None:
    assert api.get(f"/dataset/list?search={word}").status_code == 200
    assert services.browse.asked == [(PageRequest(search=word),)]


@pytest.mark.parametrize(
    "question", ["sort=null", "limit=null", "limit=", "limit=1.0", "limit=1e3", "limit=%201"]
)
def test_a_parameter_that_is_no_value_of_its_kind_is_refused(api: Api, question: str) -> None:
    assert api.get(f"/dataset/list?{question}").status_code == 400
