"""One error shape over every route, and the contract's words for each situation."""

from __future__ import annotations

import pytest

from app import app
from chalicelib.api.http.limits import BODY_LIMIT, MAX_BODY_BYTES
from chalicelib.domain.errors import (
    IngestInProgress,
    InvalidName,
    InvalidParameters,
    ObjectChanged,
    TransientFault,
)
from tests.fakes.logbook import Logbook
from tests.unit.api.backend import Backend
from tests.unit.api.every_route import (
    ALL_ROUTES,
    GUARDED_ROUTES,
    JSON_ROUTES,
    MULTIPART_ROUTES,
    OPEN_ROUTES,
    Route,
)
from tests.unit.api.speaking import BASE, DATASET_ID, FORM_TYPE, Api, assert_error, assert_error_shape

every_route = pytest.mark.parametrize("route", ALL_ROUTES, ids=str)
guarded_routes = pytest.mark.parametrize("route", GUARDED_ROUTES, ids=str)


def test_the_table_of_routes_is_complete() -> None:
    declared = {(method, path) for path, methods in app.routes.items() for method in methods}

    assert declared == {(route.method, route.pattern) for route in [*GUARDED_ROUTES, *OPEN_ROUTES]}


@guarded_routes
@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "never-issued",
        "Bearer two words",
        "é-token",
        "x" * 9_000,
    ],
)
def test_without_a_valid_token_nothing_is_answered(
    api: Api, backend: Backend, route: Route, token: str | None
) -> None:
    response = api.send(route.method, route.path, route.body, token=token, headers=route.headers)

    assert_error(response, 401, "Invalid Authentication.", "Unauthorised request.")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert backend.calls == []


@guarded_routes
def test_the_token_is_asked_for_before_the_body_is_looked_at(api: Api, route: Route) -> None:
    response = api.send(route.method, route.path, b"\xff", token=None, headers={"Content-Type": "text/plain"})

    assert response.status_code == 401


@pytest.mark.parametrize("route", [*GUARDED_ROUTES, *OPEN_ROUTES], ids=str)
def test_a_wrong_method_is_told_the_right_ones(api: Api, route: Route) -> None:
    response = api.send("PUT", route.path)

    allowed = "GET, HEAD, OPTIONS" if route.method == "GET" else f"{route.method}, OPTIONS"
    assert_error(response, 405, f"PUT is not allowed here, only {allowed}.", "Method not allowed")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("route", JSON_ROUTES, ids=str)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", FORM_TYPE, "*/*"]
)
def test_a_json_route_takes_no_other_type(api: Api, route: Route, content_type: str) -> None:
    response = api.post_raw(route.path, route.body, content_type)

    message = f"A body of type {content_type!r} is not read here, only application/json."
    assert_error(response, 415, message, "Unsupported media type")


@pytest.mark.parametrize("route", JSON_ROUTES, ids=str)
@pytest.mark.parametrize("content_type", [None, "application/json", "Application/JSON; charset=utf-8"])
def test_a_json_route_takes_json_and_what_names_no_type(
    api: Api, route: Route, content_type: str | None
) -> None:
    assert api.post_raw(route.path, route.body, content_type).status_code == 200


@pytest.mark.parametrize("route", MULTIPART_ROUTES, ids=str)
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/mixed"]
)
def test_a_multipart_route_takes_no_other_type(api: Api, route: Route, content_type: str) -> None:
    response = api.post_raw(route.path, route.body, content_type)

    message = f"A body of type {content_type!r} is not read here, only multipart/form-data."
    assert_error(response, 415, message, "Unsupported media type")


@pytest.mark.parametrize("route", [*JSON_ROUTES, *MULTIPART_ROUTES], ids=str)
def test_a_body_over_the_limit_is_told_the_limit_and_another_road(api: Api, route: Route) -> None:
    response = api.send(route.method, route.path, b" " * (MAX_BODY_BYTES + 1), headers=route.headers)

    assert_error_shape(response)
    assert response.status_code == 413
    assert response.json_body["name"] == "Request too large"
    assert BODY_LIMIT in response.json_body["message"]
    assert "/nebula/backend/dataset/uploads" in response.json_body["message"]


@pytest.mark.parametrize("route", JSON_ROUTES, ids=str)
def test_a_body_at_the_limit_is_read(api: Api, route: Route) -> None:
    body = route.body + b" " * (MAX_BODY_BYTES - len(route.body))

    assert api.send(route.method, route.path, body, headers=route.headers).status_code == 200


@pytest.mark.parametrize("route", [route for route in ALL_ROUTES if route.call], ids=str)
@pytest.mark.parametrize(
    "fault", [ValueError("a secret inside"), KeyError("id"), RecursionError(), MemoryError()]
)
def test_anything_unexpected_tells_the_client_nothing_and_the_log_everything(
    api: Api, backend: Backend, logbook: Logbook, route: Route, fault: Exception
) -> None:
    backend.ports.faults.plan(str(route.call), fault)

    response = api.send(route.method, route.path, route.body, headers=route.headers)

    assert_error(response, 400, "Unknown error.", "Unknown error")
    (line,) = logbook.of("the request could not be answered")
    assert line["exception_name"] == type(fault).__name__
    assert "Traceback" in line["exception"]
    assert line["requestID"] == response.json_body["requestID"]


@pytest.mark.parametrize(
    "fault", [TransientFault("MongoDB", "no primary"), ObjectChanged("incoming/x"), IngestInProgress("1")]
)
def test_a_dependencys_fault_is_an_unknown_error_that_may_be_tried_again(
    api: Api, backend: Backend, fault: Exception
) -> None:
    backend.ports.faults.plan("datasets.page", fault)

    response = api.get("/dataset/list")

    assert_error(response, 400, "Unknown error.", "Unknown error")
    assert response.headers["Retry-After"] == "1"


def test_a_fault_while_a_token_is_checked_is_no_wrong_token(api: Api, backend: Backend) -> None:
    backend.ports.faults.plan("tokens.verify", TransientFault("JWKS", "timeout"))

    assert_error(api.get("/dataset/list"), 400, "Unknown error.", "Unknown error")


@pytest.mark.parametrize("error", [InvalidName("a", "is odd"), InvalidParameters("cursor: of another sort")])
def test_what_a_service_refuses_is_an_invalid_parameter(api: Api, backend: Backend, error: Exception) -> None:
    backend.ports.faults.plan("images.listing", error)

    assert_error(
        api.post("/dataset/details", {"id": DATASET_ID}),
        400,
        "Invalid JSON parameters.",
        f"Invalid input parameters to {BASE}/dataset/details",
    )


@every_route
def test_every_answer_forbids_sniffing_and_all_but_a_pictures_bytes_forbid_caching(
    api: Api, route: Route
) -> None:
    for token in ("Bearer admin-token", "never-issued"):
        headers = api.send(route.method, route.path, route.body, token=token, headers=route.headers).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert ("no-store" in headers["Cache-Control"]) == (route.call != "bucket.head")
        assert headers["X-Request-ID"]


@pytest.mark.parametrize("accept", [None, "application/json", "text/html", "image/png;q=0.5"])
def test_no_accept_header_is_refused(api: Api, accept: str | None) -> None:
    headers = {"Accept": accept} if accept else {}

    assert api.get("/dataset/list", headers=headers).status_code == 200
    assert api.post("/dataset/download", {"datasetID": DATASET_ID}, headers=headers).status_code == 200
