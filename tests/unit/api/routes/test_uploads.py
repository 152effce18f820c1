"""Create and update: what goes in by multipart, and what the reply says."""

from __future__ import annotations

import pytest

from tests.unit.api.backend import DATASET, Backend
from tests.unit.api.speaking import DATASET_ID, FORM_TYPE, PHOTO, Api, assert_error, file_part, text_part

NAME_FIELDS = ["Dataset Name", "Dataset name", "datasetName", "name"]


def test_a_create_without_failures_is_the_published_reply(api: Api, backend: Backend) -> None:
    backend.ingest_at_once()

    response = api.post_form(
        "/dataset/create", text_part("Dataset Name", "new"), file_part("a.jpg"), file_part("b.jpg")
    )

    assert response.status_code == 200
    assert response.json_body == {
        "datasetID": backend.ports.datasets.get_by_name("new").id,
        "success": "2 files uploaded.",
        "status": 200,
        "failedUpload": "0",
        "successUpload": "2",
    }


def test_files_that_failed_are_counted_and_named(api: Api, backend: Backend) -> None:
    backend.ingest_at_once()
    good = [file_part(f"{number}.jpg") for number in range(5)]
    broken = [file_part("broken-1.jpg", b"no pixels"), file_part("broken-2.jpg", b"")]

    body = api.post_form("/dataset/create", text_part("Dataset Name", "new"), *good, *broken).json_body

    rejected = sorted(backend.ports.state.receipts.values(), key=lambda receipt: receipt.order)[5:]
    assert body == {
        "datasetID": backend.ports.datasets.get_by_name("new").id,
        "success": "5 files uploaded.",
        "status": 200,
        "failedUpload": "2",
        "successUpload": "5",
        "failures": [
            {"name": receipt.name, "reason": receipt.reason, "code": receipt.code} for receipt in rejected
        ],
    }
    assert [(failure["name"], failure["code"]) for failure in body["failures"]] == [
        ("broken-1.jpg", "not-an-image"),
        ("broken-2.jpg", "empty"),
    ]
    assert body["failures"][1]["reason"] == "broken-2.jpg: it is empty"


def test_files_that_are_late_are_counted_as_pending_and_arrive_by_themselves(
    api: Api, backend: Backend
) -> None:
    body = api.post_form(
        "/dataset/create", text_part("name", "new"), file_part("a.jpg"), file_part("b.jpg")
    ).json_body

    assert (body["successUpload"], body["failedUpload"], body["pendingUpload"]) == ("0", "0", "2")
    assert backend.came_in() == [PHOTO, PHOTO]


def test_a_file_that_the_bucket_does_not_take_is_told_and_keeps_no_other_out(
    api: Api, backend: Backend
) -> None:
    backend.ingest_at_once()
    backend.ports.store.fail_next("put")

    body = api.post_form(
        "/dataset/create", text_part("name", "new"), file_part("a.jpg"), file_part("b.jpg")
    ).json_body

    assert (body["successUpload"], body["failedUpload"]) == ("1", "1")
    (failure,) = body["failures"]
    assert failure["name"] == "a.jpg"
    assert "could not be stored" in failure["reason"]


@pytest.mark.parametrize("field", NAME_FIELDS)
def test_the_name_is_found_under_each_of_its_fields(api: Api, backend: Backend, field: str) -> None:
    name = " Aadhaar + PAN/“ü” 100% "

    assert api.post_form("/dataset/create", text_part(field, name), file_part("a.jpg")).status_code == 200
    assert backend.ports.datasets.get_by_name(name).created_by == "ada"
    assert backend.came_in() == [PHOTO]


def test_an_update_adds_to_the_dataset_of_that_name(api: Api, backend: Backend) -> None:
    backend.ingest_at_once()

    response = api.post_form(
        "/dataset/update", text_part("Dataset name", DATASET.name), file_part("a.jpg"), token="editor-token"
    )

    assert response.json_body["success"] == "1 files uploaded."
    assert response.json_body["datasetID"] == DATASET_ID
    *_, image = backend.ports.state.live_images(DATASET.id)
    assert (image.name, image.uploaded_by) == ("a.jpg", "eda")


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
