"""Who may do what: each route by each role."""

from __future__ import annotations

import pytest

from app import app
from chalicelib.api.http.endpoint import operation_of
from tests.unit.api.backend import Backend
from tests.unit.api.every_route import ALL_ROUTES, OPEN_ROUTES, ROUTES_TESTED_ELSEWHERE, Route
from tests.unit.api.speaking import Api, assert_error

ROLES = ["viewer", "editor", "admin"]
GUARDED = [route for route in ALL_ROUTES if route not in OPEN_ROUTES]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_a_role_may_what_its_rank_covers_and_nothing_above(
    api: Api, backend: Backend, route: Route, role: str
) -> None:
    response = api.send(
        route.method, route.path, route.body, token=f"Bearer {role}-token", headers=route.headers
    )

    assert route.role is not None
    if ROLES.index(role) >= ROLES.index(route.role):
        assert response.status_code == 200
    else:
        assert_error(response, 403, "Insufficient privileges.", "Forbidden request.")
        assert backend.calls == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES_TESTED_ELSEWHERE, ids=str)
def test_a_role_gets_to_the_other_routes_only_if_its_rank_covers_them(
    api: Api, route: Route, role: str
) -> None:
    response = api.send(route.method, route.path, b"{}", token=f"Bearer {role}-token")

    assert route.role is not None
    if ROLES.index(role) >= ROLES.index(route.role):
        assert response.status_code not in (401, 403)
    else:
        assert_error(response, 403, "Insufficient privileges.", "Forbidden request.")


def test_each_route_is_declared_with_the_role_that_the_table_gives_it() -> None:
    declared = {
        f"{method} {path}": operation_of(entry.view_function).role
        for path, methods in app.routes.items()
        for method, entry in methods.items()
    }

    assert declared == {str(route): route.role for route in [*ALL_ROUTES, *ROUTES_TESTED_ELSEWHERE]}


@pytest.mark.parametrize(
    "token", ["viewer-token", "Bearer viewer-token", "bearer viewer-token", "  Bearer   viewer-token "]
)
def test_a_token_counts_with_and_without_bearer(api: Api, token: str) -> None:
    assert api.get("/dataset/list", token=token).status_code == 200


@pytest.mark.parametrize("route", OPEN_ROUTES, ids=str)
def test_an_open_route_asks_for_no_token(api: Api, route: Route) -> None:
    assert api.send(route.method, route.path, token=None).status_code in (200, 302)


def test_health_says_to_anybody_what_is_reachable_and_nothing_else(api: Api) -> None:
    assert api.get("/health", token=None).json_body == {
        "status": "ok",
        "mongodb": "reachable",
        "bucket": "reachable",
        "persist": "embedded",
    }
