"""Who may do what: roles are cumulative, and nobody gets in without a token."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import NebulaClient
from testing.photos import photo_jpeg
from testing.stack import LaptopStack

NOBODY: dict[str, Any] = {
    "message": "Invalid Authentication.",
    "status": 401,
    "name": "Unauthorised request.",
}


@pytest.fixture(scope="module")
def dataset(admin: NebulaClient) -> str:
    """A dataset of two images."""
    files = [("keep.jpg", photo_jpeg(70)), ("go.jpg", photo_jpeg(71))]
    return str(admin.create("Roles", files).json()["datasetID"])


@pytest.mark.parametrize(
    ("role", "reads", "writes", "deletes"),
    [("viewer", 200, 403, 403), ("editor", 200, 200, 403), ("admin", 200, 200, 200)],
)
def test_each_role_may_what_the_lower_ones_may_and_more(
    stack: LaptopStack, dataset: str, role: str, reads: int, writes: int, deletes: int
) -> None:
    client = NebulaClient(stack.url, "Bearer " + stack.token("someone", role))
    assert client.get("/dataset/list").status_code == reads
    assert client.post("/dataset/details", json={"id": dataset}).status_code == reads
    assert client.post("/dataset/download", json={"datasetID": dataset}).status_code == reads
    assert client.update("Roles", [(f"by {role}.jpg", photo_jpeg(72))]).status_code == writes
    assert client.create(f"Roles of {role}", [("a.jpg", photo_jpeg(73))]).status_code == writes
    body = {"datasetID": dataset, "imagesNames": ["go.jpg"]}
    assert client.post("/delete/images", json=body).status_code == deletes


def test_the_token_works_with_and_without_bearer(stack: LaptopStack) -> None:
    token = stack.token("someone", "viewer")
    assert NebulaClient(stack.url, token).get("/dataset/list").status_code == 200
    assert NebulaClient(stack.url, f"Bearer {token}").get("/dataset/list").status_code == 200


@pytest.mark.parametrize("token", ["", "Bearer", "nonsense", "a.b.c"])
def test_nobody_gets_in_without_a_token(stack: LaptopStack, token: str) -> None:
    reply = NebulaClient(stack.url, token).get("/dataset/list")
    assert reply.status_code == 401
    assert {key: reply.json()[key] for key in NOBODY} == NOBODY


def test_images_bear_the_name_of_who_uploaded_them(stack: LaptopStack, admin: NebulaClient) -> None:
    editor = NebulaClient(stack.url, stack.token("vedant", "editor"))
    created = editor.create("By vedant", [("a.jpg", photo_jpeg(74))]).json()["datasetID"]
    details = admin.details(created)
    assert details["datasetDetails"]["createdBy"] == "vedant"
    assert details["datasetDetilsRows"][0]["uploadedBy"] == "vedant"
