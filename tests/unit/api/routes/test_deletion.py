"""Deletion of images, on both its paths."""

from __future__ import annotations

import pytest

from chalicelib.domain.ids import ObjectKey
from tests.unit.api.backend import FIRST_IMAGE, Backend
from tests.unit.api.speaking import DATASET_ID, UNKNOWN_ID, Api, assert_error

PATHS = pytest.mark.parametrize("path", ["/delete/images", "/dataset/delete/images"])
NAME = "/nebula/backend/dataset/delete/images"
"""What the published errors call the route, whichever path was asked."""


@PATHS
def test_the_reply_is_what_is_left_and_what_was_not_there(api: Api, backend: Backend, path: str) -> None:
    backend.ports.store.put(ObjectKey(f"trove/testRuleSet3/{FIRST_IMAGE}"), b"the mirror's copy")
    names = [FIRST_IMAGE, "gone.png"]

    response = api.post(path, {"datasetID": DATASET_ID, "imagesNames": names})

    assert response.status_code == 200
    assert list(response.json_body) == ["datasetDetails", "datasetDetilsRows", "notFound"]
    assert response.json_body["datasetDetails"]["uniqueID"] == DATASET_ID
    assert [row["name"] for row in response.json_body["datasetDetilsRows"]] == ["2.png", "3.png"]
    assert response.json_body["datasetDetails"]["imagesCount"] == 2
    assert response.json_body["notFound"] == ["gone.png"]
    assert backend.ports.store.keys("trove/") == []


@PATHS
def test_a_body_that_is_not_json_is_told_so(api: Api, path: str) -> None:
    assert_error(api.post_raw(path, b"{'a'"), 400, "invalid JSON syntax.", f"Invalid JSON sent to to {NAME}")


@PATHS
@pytest.mark.parametrize(
    "body",
    [
        {"datasetID": UNKNOWN_ID, "imagesNames": ["a.png"]},
        {"datasetID": "60f6", "imagesNames": ["a.png"]},
        {"imagesNames": ["a.png"]},
        {"datasetID": DATASET_ID},
        {"datasetID": DATASET_ID, "imagesNames": []},
        {"datasetID": DATASET_ID, "imagesNames": "a.png"},
        {"datasetID": DATASET_ID, "imagesNames": ["a.png", 5]},
        {"datasetID": DATASET_ID, "imagesNames": ["a.png", None]},
        {"datasetID": DATASET_ID, "imagesNames": [{"$ne": ""}]},
        {"datasetID": DATASET_ID, "imagesNames": ["a\0.png"]},
        {"datasetID": DATASET_ID, "imagesNames": ["a"] * 10_001},
        {"datasetID": {"$ne": None}, "imagesNames": ["a.png"]},
    ],
)
def test_a_wrong_parameter_is_told_so(api: Api, path: str, body: dict[str, object]) -> None:
    response = api.post(path, body)

    assert_error(response, 400, "Invalid JSON parameters.", f"Invalid input parameters to {NAME}")


def test_ten_thousand_names_go_in_one_call(api: Api) -> None:
    names = [f"IMG_{number}.jpg" for number in range(10_000)]

    body = api.post("/delete/images", {"datasetID": DATASET_ID, "imagesNames": names}).json_body

    assert body["notFound"] == names
    assert body["datasetDetails"]["imagesCount"] == 3
