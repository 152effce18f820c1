"""What the API answers to requests that it cannot or may not fulfil, from the zip under AWS's runtime."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import NebulaClient
from tests.integration.infra.runtime.conftest import ORIGIN, SECRET, Deployed

GATEWAY_LIMIT = 10 * 1024 * 1024
DETAILS = "/dataset/details"
JSON = {"Content-Type": "application/json"}


def test_the_deployed_system_is_healthy(admin: NebulaClient) -> None:
    reply = admin.get("/health")

    assert reply.status_code == 200
    assert reply.json() == {
        "status": "ok",
        "mongodb": "reachable",
        "bucket": "reachable",
        "persist": "embedded",
    }


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("GET", "/dataset/list", {"headers": {"Authorization": ""}}, 401),
        ("GET", "/dataset/list", {"headers": {"Authorization": "Bearer a.b.c"}}, 401),
        ("POST", DETAILS, {"data": b'{"id": ', "headers": JSON}, 400),
        ("POST", DETAILS, {"headers": JSON}, 400),
        ("POST", DETAILS, {}, 400),
        ("POST", DETAILS, {"json": {"id": "no id"}}, 400),
        ("POST", DETAILS, {"data": b"<id/>", "headers": {"Content-Type": "text/xml"}}, 415),
        ("POST", "/dataset/create", {}, 400),
        ("POST", "/dataset/create", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ("GET", "/dataset/list?limit=none", {}, 400),
    ],
)
def test_a_request_that_cannot_be_fulfilled_is_answered_in_the_contracts_shape(
    admin: NebulaClient, method: str, path: str, asked: dict[str, Any], status: int
) -> None:
    reply = admin.send(method, path, **asked)

    body = reply.json()
    assert (reply.status_code, body["status"]) == (status, status)
    assert set(body) - {"detail"} == {"message", "status", "name", "requestID"}
    assert body["requestID"] == reply.headers["X-Request-ID"] == reply.headers["x-amzn-RequestId"]
    assert reply.headers["Content-Type"] == "application/json"


def test_a_viewer_may_not_upload(deployed: Deployed) -> None:
    reply = deployed.client("viewer").create("Not allowed", [("a.jpg", b"x")])

    assert (reply.status_code, reply.json()["status"]) == (403, 403)


@pytest.mark.parametrize(
    "event",
    [{}, {"Records": []}, {"httpMethod": "GET"}, {"detail": {"deep": True}}, {"requestContext": {}}],
    ids=str,
)
def test_an_event_that_is_no_request_is_answered_and_harms_nothing(
    deployed: Deployed, admin: NebulaClient, event: dict[str, Any]
) -> None:
    reply = deployed.api.invoke(event)

    assert reply["statusCode"] == 400
    assert admin.get("/health").status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer a.b.c", None])
@pytest.mark.parametrize("path", ["/nebula/frontend", "/", "/nebula/backend/dataset", "/%2e%2e/etc/passwd"])
def test_a_path_that_is_not_there_is_a_404_with_and_without_a_token(
    deployed: Deployed, admin: NebulaClient, path: str, authorization: str | None
) -> None:
    headers = {"Authorization": admin.token if authorization is None else authorization}

    reply = admin.session.get(deployed.gateway.url + path, headers=headers, timeout=10)

    assert (reply.status_code, reply.json()["status"]) == (404, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_that_a_route_does_not_have_is_a_405(admin: NebulaClient, method: str) -> None:
    reply = admin.send(method, DETAILS)

    assert (reply.status_code, reply.json()["status"]) == (405, 405)
    assert "POST" in reply.headers["Allow"]


def test_head_is_answered_as_get_is_without_its_body(admin: NebulaClient) -> None:
    got, told = admin.get("/dataset/list"), admin.send("HEAD", "/dataset/list")

    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["Content-Type"] == got.headers["Content-Type"]


def test_a_refused_token_says_how_to_authenticate_under_the_gateways_name(admin: NebulaClient) -> None:
    reply = admin.get("/dataset/list", headers={"Authorization": ""})

    assert "WWW-Authenticate" not in reply.headers
    assert reply.headers["x-amzn-Remapped-WWW-Authenticate"]


def test_preflights_are_answered_without_a_token(admin: NebulaClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Authorization": ""}

    reply = admin.send("OPTIONS", DETAILS, headers=asked)

    assert reply.status_code == 204
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]


def test_pages_of_the_frontends_origin_may_read_every_answer(deployed: Deployed, admin: NebulaClient) -> None:
    origin = {"Origin": ORIGIN}
    replies = [
        admin.get("/dataset/list", headers=origin),
        admin.post(DETAILS, headers=origin),
        admin.post(DETAILS, headers=origin, data=bytes(GATEWAY_LIMIT + 1)),
        admin.session.get(f"{deployed.gateway.url}/x", headers=origin),
    ]

    assert [reply.status_code for reply in replies] == [200, 400, 413, 404]
    assert {reply.headers["Access-Control-Allow-Origin"] for reply in replies} <= {ORIGIN, "*"}


def test_the_functions_logs_hold_no_secret_and_no_token(deployed: Deployed, admin: NebulaClient) -> None:
    assert admin.get("/dataset/list").status_code == 200
    request_id = admin.get("/dataset/list").headers["X-Request-ID"]

    log = deployed.api.log
    assert request_id in log
    assert SECRET not in log
    assert admin.token.rpartition(".")[2] not in log
    assert "mongodb://" not in log
    assert "unprepared" not in log
