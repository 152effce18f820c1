"""What a route does not know: ignored where a running frontend may send it, refused where Nebula began."""

from __future__ import annotations

import json

import pytest

from app import app
from chalicelib.api.http.endpoint import operation_of
from tests.fakes.logbook import Logbook
from tests.unit.api.every_route import ALL_ROUTES, JSON_ROUTES, Route
from tests.unit.api.speaking import BASE, DATASET_ID, Api

PUBLISHED = {
    *(f"{BASE}/dataset/{name}" for name in ("list", "details", "download", "create", "update")),
    f"{BASE}/delete/images",
    f"{BASE}/dataset/delete/images",
    "/api/files/{file_id}/download/{name}",
}


def test_the_published_routes_and_no_others_ignore_what_they_do_not_know() -> None:
    ignoring = {
        path
        for path, methods in app.routes.items()
        for entry in methods.values()
        if operation_of(entry.view_function).ignores_unknown_keys
    }

    assert ignoring == PUBLISHED


@pytest.mark.parametrize("route", [r for r in ALL_ROUTES if r.pattern in PUBLISHED], ids=str)
def test_a_published_route_ignores_query_parameters_that_it_does_not_know(api: Api, route: Route) -> None:
    reply = api.send(route.method, f"{route.path}?_=1726", route.body, headers=route.headers)

    assert reply.status_code == 200


@pytest.mark.parametrize("route", JSON_ROUTES, ids=str)
def test_a_published_route_ignores_body_keys_that_it_does_not_know(api: Api, route: Route) -> None:
    assert api.post(route.path, {**json.loads(route.body), "page": 1}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/dataset/receipts"),
        ("POST", "/dataset/receipts/retry"),
        ("POST", "/dataset/uploads"),
        ("GET", f"/dataset/uploads/{DATASET_ID}"),
        ("POST", f"/dataset/uploads/{DATASET_ID}/urls"),
        ("GET", "/audit"),
        ("GET", "/health"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
    ],
)
def test_an_added_route_names_the_query_parameters_that_it_does_not_know(
    api: Api, method: str, path: str
) -> None:
    reply = api.send(method, f"{path}?status=rejected&datasetName=fix", b"{}")

    assert reply.status_code == 400
    assert reply.json_body["message"] == "Invalid JSON parameters."
    assert reply.json_body["detail"].startswith("unknown: `datasetName`, `status`; known: ")


def test_it_says_which_parameters_there_are(api: Api) -> None:
    detail = api.get("/dataset/receipts?status=rejected").json_body["detail"]

    assert detail == "unknown: `status`; known: `cursor`, `datasetID`, `limit`, `state`"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/dataset/receipts/retry", {"dataset": "a"}, "`dataset`"),
        ("/dataset/uploads", {"datasetName": "a", "files": [{"name": "a", "size": 1}], "f": 1}, "`f`"),
        ("/dataset/uploads", {"datasetName": "a", "files": [{"name": "a", "size": 1, "f": 1}]}, "`f`"),
        (f"/dataset/uploads/{DATASET_ID}/urls", {"limit": 5}, "`limit`"),
    ],
)
def test_an_added_route_names_the_body_keys_that_it_does_not_know(
    api: Api, path: str, body: dict[str, object], words: str
) -> None:
    reply = api.post(path, body)

    assert reply.status_code == 400
    assert words in reply.json_body["detail"]


def test_what_the_client_made_up_does_not_reach_the_log(api: Api, logbook: Logbook) -> None:
    api.get("/dataset/receipts?secret-word=1")

    assert "secret-word" not in json.dumps(logbook.lines)
