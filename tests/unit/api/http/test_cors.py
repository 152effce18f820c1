"""Pages: every answer can be read by those of the frontend, errors and preflights included."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chalice.app import Chalice, Response
from chalice.config import Config as ChaliceConfig
from chalice.local import LambdaContext, LocalGateway

from app import app as real_app
from chalicelib.api.http.cors import REPLY_HEADERS, Cors
from chalicelib.api.http.middleware import install
from chalicelib.config import Config, ConfigError, origins_in
from tests.unit.api.every_route import ALL_ROUTES, ROUTES_TESTED_ELSEWHERE, Route
from tests.unit.api.speaking import BASE, Api

ONE, OTHER, STRANGER = "https://data.example.com", "https://lab.example.com:8443", "https://evil.example"
every_route = pytest.mark.parametrize("route", [*ALL_ROUTES, *ROUTES_TESTED_ELSEWHERE], ids=str)


@every_route
@pytest.mark.parametrize("token", ["Bearer admin-token", "Bearer viewer-token", "never-issued", None])
def test_every_answer_of_every_route_can_be_read_by_a_page(api: Api, route: Route, token: str | None) -> None:
    headers = api.send(route.method, route.path, route.body, token=token, headers=route.headers).headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert set(REPLY_HEADERS) == set(headers["Access-Control-Expose-Headers"].split(", "))


@every_route
def test_a_wrong_method_can_be_read_by_a_page(api: Api, route: Route) -> None:
    assert api.send("PUT", route.path).headers["Access-Control-Allow-Origin"] == "*"


@every_route
def test_a_page_may_ask_first_what_it_may_send(route: Route) -> None:
    answer = asked(real_app, "OPTIONS", route.pattern, ONE)

    assert (answer["statusCode"], answer["body"]) == (204, "")
    headers = answer["headers"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert route.method in headers["Access-Control-Allow-Methods"].split(", ")
    assert {"Authorization", "Content-Type", "Range"} <= set(
        headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert headers["Access-Control-Max-Age"] == "3600"


@pytest.mark.parametrize("resource", ["/", "/{proxy+}"])
def test_a_path_of_no_route_may_be_asked_for_too_so_that_the_404_is_read(resource: str) -> None:
    answer = asked(real_app, "OPTIONS", resource, ONE)
    assert (answer["statusCode"], answer["headers"]["Access-Control-Allow-Origin"]) == (204, "*")
    assert "POST" in answer["headers"]["Access-Control-Allow-Methods"]
    assert asked(real_app, "POST", resource, ONE)["headers"]["Access-Control-Allow-Origin"] == "*"


def asked(app: Chalice, method: str, resource: str, origin: str) -> dict[str, Any]:
    """What the function answers a page, asked as API Gateway asks it.

    Chalice's test client, like `chalice local`, answers preflights by itself.
    """
    event = {
        "requestContext": {"httpMethod": method, "resourcePath": resource, "path": resource},
        "headers": {"origin": origin},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    answer: dict[str, Any] = app(event, LambdaContext("api", 128))
    return answer


def test_chalice_local_lets_pages_ask_first_too() -> None:
    local = LocalGateway(real_app, ChaliceConfig.create())
    headers = local.handle_request("OPTIONS", f"{BASE}/dataset/list", {}, None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in headers["Access-Control-Allow-Methods"]
    assert "Authorization" in headers["Access-Control-Allow-Headers"]


def an_app(*origins: str) -> Chalice:
    """An app of one route that several frontends call."""
    app = Chalice("pages", configure_logs=False)
    install(app, Cors(origins))

    @app.route("/compressed")
    def compressed() -> Response:
        return Response(b"{}", {"Vary": "Accept-Encoding", "Content-Type": "application/json"})

    return app


@pytest.mark.parametrize("path", ["/compressed", "/{proxy+}"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_of_several_origins_the_one_that_asked_may_read_and_no_other(method: str, path: str) -> None:
    app = an_app(ONE, OTHER)
    for origin in (ONE, OTHER):
        headers = asked(app, method, path, origin)["headers"]
        assert headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in headers["Vary"].split(", ")
    for origin in (STRANGER, f"{ONE}.evil.example", "null", ""):
        headers = asked(app, method, path, origin)["headers"]
        assert "Access-Control-Allow-Origin" not in headers
        assert "Origin" in headers["Vary"].split(", ")


def test_what_a_reply_differs_by_already_is_still_said() -> None:
    headers = asked(an_app(ONE, OTHER), "GET", "/compressed", ONE)["headers"]
    assert headers["Vary"] == "Accept-Encoding, Origin"


def test_one_origin_stands_in_every_answer_alike() -> None:
    for origin in (ONE, STRANGER):
        headers = asked(an_app(ONE), "GET", "/compressed", origin)["headers"]
        assert headers["Access-Control-Allow-Origin"] == ONE
        assert headers["Vary"] == "Accept-Encoding"


def test_no_page_is_let_in_by_a_cookie(api: Api) -> None:
    assert "Access-Control-Allow-Credentials" not in api.get("/dataset/list").headers


@pytest.mark.parametrize(
    ("text", "origins"), [("", ("*",)), (" , ", ("*",)), ("*", ("*",)), (f"{ONE}, {OTHER},", (ONE, OTHER))]
)
def test_origins_are_listed_with_commas_between(text: str, origins: tuple[str, ...]) -> None:
    assert origins_in(text) == origins


@pytest.mark.parametrize(
    "text", [f"{ONE}/", f"{ONE},*", "data.example.com", f"{ONE} {OTHER}", "ftp://x", "null"]
)
def test_what_is_no_origin_stops_the_start(text: str) -> None:
    needed = {"NEBULA_BUCKET": "b", "MONGODB_URI": "mongodb://h/d", "NEBULA_TOKEN_SECRET": "s" * 32}
    with pytest.raises(ConfigError, match="NEBULA_FRONTEND_ORIGIN"):
        Config.from_env({**needed, "NEBULA_FRONTEND_ORIGIN": text})


@every_route
def test_head_is_answered_wherever_get_is_without_the_body(api: Api, route: Route) -> None:
    head = api.send("HEAD", route.path, headers=route.headers)

    if route.method != "GET":
        assert (head.status_code, head.body) == (405, b"")
        return
    get = api.get(route.path, headers=route.headers)
    assert (head.status_code, head.body) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    if get.status_code == 200 and route.path != "/audit":  # where the asking itself adds a record
        assert head.headers["Content-Length"] == str(len(get.body))


def test_head_of_what_is_not_there_has_the_length_of_the_error(api: Api) -> None:
    head = api.send("HEAD", "/api/files/1/download/4cac.png")
    assert (head.status_code, head.body) == (404, b"")
    error = api.get("/api/files/1/download/4cac.png")
    assert int(head.headers["Content-Length"]) == len(error.body)
    assert json.loads(error.body)["status"] == 404
