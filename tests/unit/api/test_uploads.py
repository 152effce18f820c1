"""Create and update: what goes in by multipart, and what the reply says."""

from __future__ import annotations

import pytest

from chalicelib.services.accept_files import UploadedFile
from tests.fakes.services import DATASET, FakeServices

from .speaking import DATASET_ID, FORM_TYPE, Api, assert_error, file_part, text_part

NAME_FIELDS = ["Dataset Name", "Dataset name", "datasetName", "name"]


def test_a_create_without_failures_is_the_published_reply(api: Api) -> None:
    response = api.post_form(
        "/dataset/create", text_part("Dataset Name", "new"), file_part("a.jpg"), file_part("b.jpg")
    )

    assert response.status_code == 200
    assert response.json_body == {
        "datasetID": DATASET_ID,
        "success": "2 files uploaded.",
        "status": 200,
        "failedUpload": "0",
        "successUpload": "2",
    }


def test_files_that_failed_are_counted_and_named(api: Api) -> None:
    good = [file_part(f"{number}.jpg") for number in range(5)]
    broken = [file_part("broken-1.jpg"), file_part("broken-2.jpg")]

    response = api.post_form("/dataset/create", text_part("Dataset Name", "new"), *good, *broken)

    assert response.json_body == {
        "datasetID": DATASET_ID,
        "success": "5 files uploaded.",
        "status": 200,
        "failedUpload": "2",
        "successUpload": "5",
        "failures": [
            {"name": "broken-1.jpg", "reason": "is no image"},
            {"name": "broken-2.jpg", "reason": "is no image"},
        ],
    }


def test_files_that_are_late_are_counted_as_pending(api: Api, services: FakeServices) -> None:
    services.accept_files.pending = 1

    body = api.post_form(
        "/dataset/create", text_part("name", "new"), file_part("a.jpg"), file_part("b.jpg")
    ).json_body

    assert (body["successUpload"], body["failedUpload"], body["pendingUpload"]) == ("1", "0", "1")


@pytest.mark.parametrize("field", NAME_FIELDS)
def test_the_name_is_found_under_each_of_its_fields(api: Api, services: FakeServices, field: str) -> None:
    name = " Aadhaar + PAN/“ü” 100% "

    assert api.post_form("/dataset/create", text_part(field, name), file_part("a.jpg")).status_code == 200
    assert services.accept_files.received == (name, [UploadedFile("a.jpg", b"bytes")])


def test_an_update_adds_to_the_dataset_of_that_name(api: Api, services: FakeServices) -> None:
    response = api.post_form(
        "/dataset/update", text_part("Dataset name", DATASET.name), file_part("a.jpg"), token="editor-token"
    )

    assert response.json_body["success"] == "1 files uploaded."
    operation, name, _, user = services.accept_files.asked[0]
    assert (operation, name) == ("update", DATASET.name)
    assert getattr(user, "name", None) == "eda"


def test_a_name_that_is_taken_is_told_so(api: Api) -> None:
    assert_error(
        api.post_form("/dataset/create", text_part("Dataset Name", DATASET.name), file_part("a.jpg")),
        400,
        "Dataset name already exists.",
        "Invalid input parameters to /nebula/backend/dataset/create",
    )


def test_an_update_of_a_dataset_that_does_not_exist_is_an_invalid_parameter(api: Api) -> None:
    assert_error(
        api.post_form("/dataset/update", text_part("Dataset Name", "nowhere"), file_part("a.jpg")),
        400,
        "Invalid JSON parameters.",
        "Invalid input parameters to /nebula/backend/dataset/update",
    )


@pytest.mark.parametrize("path", ["/dataset/create", "/dataset/update"])
@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((), id="nothing"),
        pytest.param((file_part("a.jpg"),), id="no name"),
        pytest.param((text_part("Dataset Name", "new"),), id="no file"),
        pytest.param((text_part("title", "new"), file_part("a.jpg")), id="a name under another field"),
        pytest.param((text_part("Dataset Name", "  "), file_part("a.jpg")), id="a blank name"),
        pytest.param((text_part("Dataset Name", "a\0b"), file_part("a.jpg")), id="a NUL in the name"),
        pytest.param((text_part("Dataset Name", ".."), file_part("a.jpg")), id="a name that leads elsewhere"),
        pytest.param((text_part("Dataset Name", "n" * 501), file_part("a.jpg")), id="too long a name"),
        pytest.param((text_part("Dataset Name", b"\xff"), file_part("a.jpg")), id="a name that is not UTF-8"),
        pytest.param((text_part("name", "a"), text_part("name", "b"), file_part("a.jpg")), id="two names"),
        pytest.param((text_part("name", "a"), file_part("", b"")), id="a file input that was left empty"),
        pytest.param((file_part("new", b"new", "Dataset Name"),), id="a file where the name belongs"),
    ],
)
def test_a_form_without_a_usable_name_or_a_file_is_told_so(
    api: Api, path: str, parts: tuple[bytes, ...]
) -> None:
    assert_error(
        api.post_form(path, *parts),
        400,
        "Invalid form parameters.",
        f"Invalid input parameters to /nebula/backend{path}",
    )


@pytest.mark.parametrize("body", [b"", b"--a-boundary", b"no form at all", b"--other\r\n\r\n--other--\r\n"])
@pytest.mark.parametrize("content_type", [FORM_TYPE, "multipart/form-data", None])
def test_a_body_that_is_no_form_is_told_so(api: Api, body: bytes, content_type: str | None) -> None:
    assert_error(
        api.post_raw("/dataset/create", body, content_type),
        400,
        "Invalid form parameters.",
        "Invalid input parameters to /nebula/backend/dataset/create",
    )
