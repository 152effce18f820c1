"""List, details and download, field for field as published."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.unit.api.backend import DATASET, Backend, an_image, images_of_urls
from tests.unit.api.speaking import BASE, DATASET_ID, FILE_PATH, UNKNOWN_ID, Api, assert_error

DATASET_ROW = {
    "uniqueID": DATASET_ID,
    "name": "testRuleSet3",
    "imagesCount": 3,
    "uploadDate": "2021-07-20 17:55",
    "modifyDate": "2021-07-20 17:55",
    "datasetSize": "  1.98MB (2.0MB)",
    "createdBy": "yash",
    "pendingCount": 0,  # added, as is the next
    "rejectedCount": 0,
}
IMAGE_ROW = {
    "uniqueID": "000000000000000000000001",
    "name": "PxtaOARjrhTJkWN4tVV2FTRGJJ0nPKyH.png",
    "fileSize": "0.91MB (934.8KB)",
    "imageSize": "3505x2480",
    "uploadDate": "2021-07-22 18:42",
    "fileType": "PNG",
    "uploadedBy": "yash",
    "url": f"http://nebula.test{FILE_PATH}",
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
    assert response.json_body["result"]["datasetDetails"] == DATASET_ROW
    assert response.json_body["result"]["datasetDetilsRows"][0] == IMAGE_ROW
    assert len(response.json_body["result"]["datasetDetilsRows"]) == 3


def test_keys_stand_in_the_order_of_the_page(api: Api) -> None:
    result = api.post("/dataset/details", {"id": DATASET_ID}).json_body["result"]

    assert list(result) == ["datasetDetails", "datasetDetilsRows"]
    assert list(result["datasetDetails"]) == list(DATASET_ROW)
    assert list(result["datasetDetilsRows"][0]) == list(IMAGE_ROW)


@pytest.mark.parametrize("key", ["id", "datasetID"])
def test_details_take_the_id_under_either_key_in_either_case(api: Api, key: str) -> None:
    result = api.post("/dataset/details", {key: DATASET_ID.upper()}).json_body["result"]

    assert result["datasetDetails"]["uniqueID"] == DATASET_ID


def test_without_paging_keys_the_whole_set_is_shown(api: Api, backend: Backend) -> None:
    backend.add_datasets(*(f"cards {n}" for n in range(30)))

    result = api.get("/dataset/list").json_body["result"]

    assert [row["name"] for row in result["datasetList"]] == [
        DATASET.name,
        *(f"cards {n}" for n in range(30)),
    ]
    assert "nextCursor" not in result


def test_the_list_pages_sorts_and_searches_by_query_parameters(api: Api, backend: Backend) -> None:
    backend.add_datasets("PAN card b", "pan card c", "pan cards a", "aadhaar")
    question = "/dataset/list?limit=2&sort=-name&search=pan%20card&unknown=1"

    first = api.get(question).json_body["result"]
    second = api.get(f"{question}&cursor={first['nextCursor']}").json_body["result"]

    assert [row["name"] for row in first["datasetList"]] == ["pan cards a", "pan card c"]
    assert [row["name"] for row in second["datasetList"]] == ["PAN card b"]
    assert "nextCursor" not in second


def test_details_page_sort_and_search_by_body_keys(api: Api, backend: Backend) -> None:
    sizes = {"IMG_3.png": 30, "img_1.png": 10, "other.png": 5, "IMG_2.png": 20}
    backend.show(
        *(replace(an_image(name, n), size=size) for n, (name, size) in enumerate(sizes.items(), start=1))
    )
    asked = {"id": DATASET_ID, "limit": 2, "sort": "fileSize", "search": "IMG", "unknown": {}}

    first = api.post("/dataset/details", asked).json_body["result"]
    second = api.post("/dataset/details", {**asked, "cursor": first["nextCursor"]}).json_body["result"]

    assert [row["name"] for row in first["datasetDetilsRows"]] == ["img_1.png", "IMG_2.png"]
    assert [row["name"] for row in second["datasetDetilsRows"]] == ["IMG_3.png"]
    assert first["datasetDetails"]["imagesCount"] == second["datasetDetails"]["imagesCount"] == 4
    assert "nextCursor" not in second


def test_a_page_may_have_ten_thousand_rows(api: Api) -> None:
    assert api.post("/dataset/details", {"id": DATASET_ID, "limit": 10_000}).status_code == 200


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


def test_a_type_that_no_extension_tells_is_the_detected_one(api: Api, backend: Backend) -> None:
    names = ["photo", "scan.JPeg", ".png", "odd."]
    backend.show(*(an_image(name, n) for n, name in enumerate(names, start=1)))

    rows = api.post("/dataset/details", {"id": DATASET_ID}).json_body["result"]["datasetDetilsRows"]

    assert [row["fileType"] for row in rows] == ["PNG", "JPEG", "PNG", "PNG"]


def test_the_download_holds_the_columns_that_are_asked_for(api: Api, backend: Backend) -> None:
    backend.show(an_image('a,"b".jpg'))
    expected = {"name": 'a,"b".jpg', "url": f"http://nebula.test{FILE_PATH}"}

    for columns in (["name", "url"], ["url", "name"], ["name"], ["url"]):
        response = api.post("/dataset/download", {"datasetID": DATASET_ID, "columns": columns})
        rows = list(csv.reader(io.StringIO(response.body.decode())))
        assert rows == [columns, [expected[column] for column in columns]]
    refusal = api.post("/dataset/download", {"datasetID": DATASET_ID, "columns": ["sha256"]})
    assert refusal.status_code == 400


def test_the_download_is_a_csv_of_urls(api: Api, backend: Backend) -> None:
    backend.show(*images_of_urls([FILE_PATH, "https://persist.test/api/files/1/download/a.jpg"]))

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"] == f'attachment; filename="Table-{DATASET_ID}.csv"'
    assert response.body.decode() == (
        f"url\nhttp://nebula.test{FILE_PATH}\nhttps://persist.test/api/files/1/download/a.jpg\n"
    )


def test_a_download_of_many_urls_holds_each_once_in_order(api: Api, backend: Backend) -> None:
    urls = [f"https://persist.test/{number}" for number in range(2_500)]
    backend.show(*images_of_urls(urls))

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert [row["url"] for row in csv.DictReader(io.StringIO(response.body.decode()))] == urls


def test_a_url_with_a_comma_or_a_quote_stays_one_field(api: Api, backend: Backend) -> None:
    url = 'https://persist.test/a,b"c'
    backend.show(an_image(url=url))

    response = api.post("/dataset/download", {"datasetID": DATASET_ID})

    assert list(csv.reader(io.StringIO(response.body.decode()))) == [["url"], [url]]


def test_a_dataset_without_images_downloads_as_a_header_alone(api: Api, backend: Backend) -> None:
    backend.show()

    assert api.post("/dataset/download", {"datasetID": DATASET_ID}).body == b"url\n"


@pytest.mark.parametrize(("path", "key"), [("/dataset/details", "id"), ("/dataset/download", "datasetID")])
def test_a_dataset_that_does_not_exist_is_an_invalid_parameter(api: Api, path: str, key: str) -> None:
    assert_error(
        api.post(path, {key: UNKNOWN_ID}),
        400,
        "Invalid JSON parameters.",
        f"Invalid input parameters to {BASE}{path}",
    )


def test_names_beyond_ascii_are_sent_as_they_are(api: Api, backend: Backend) -> None:
    name = 'आधार कार्ड "1" 😀.png'
    backend.show(an_image(name))

    rows = api.post("/dataset/details", {"id": DATASET.id}).json_body["result"]["datasetDetilsRows"]

    assert rows[0]["name"] == name


@pytest.mark.parametrize("word", ["null", "NULL", "true", "1", "[]"])
def test_a_search_is_for_the_word_itself_whatever_it_means_in_json(
    api: Api, backend: Backend, word: str
) -> None:
    backend.add_datasets("null", "true", "1", "[]", "other")

    found = api.get(f"/dataset/list?search={word}").json_body["result"]["datasetList"]

    assert [row["name"] for row in found] == [word.lower()]


@pytest.mark.parametrize(
    "question", ["sort=null", "limit=null", "limit=", "limit=1.0", "limit=1e3", "limit=%201"]
)
def test_a_parameter_that_is_no_value_of_its_kind_is_refused(api: Api, question: str) -> None:
    assert api.get(f"/dataset/list?{question}").status_code == 400
