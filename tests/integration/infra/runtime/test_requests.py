"""What the API answers to requests that it cannot or may not fulfil, from the zip under AWS's runtime."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import NebulaClient
from tests.integration.infra.runtime.conftest import ORIGIN, SECRET, Deployed

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


def test_a_path_that_is_not_there_never_reaches_the_function(deployed: Deployed, admin: NebulaClient) -> None:
    before = deployed.api.delivered

    reply = admin.session.get(f"{deployed.gateway.url}/nebula/frontend", timeout=10)

    assert (reply.status_code, reply.json()["status"]) == (404, 404)
    assert deployed.api.delivered == before


def test_the_gateway_answers_preflights_by_itself(deployed: Deployed, admin: NebulaClient) -> None:
    before = deployed.api.delivered

    reply = admin.send("OPTIONS", DETAILS, headers={"Origin": ORIGIN})

    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]
    assert deployed.api.delivered == before


def test_the_frontends_origin_may_read_every_answer(deployed: Deployed, admin: NebulaClient) -> None:
    replies = [
        admin.get("/dataset/list"),
        admin.post(DETAILS),
        admin.session.get(f"{deployed.gateway.url}/x"),
    ]

    assert [reply.status_code for reply in replies] == [200, 400, 404]
    assert {reply.headers["Access-Control-Allow-Origin"] for reply in replies} == {ORIGIN}


def test_the_functions_logs_hold_no_secret_and_no_token(deployed: Deployed, admin: NebulaClient) -> None:
    assert admin.get("/dataset/list").status_code == 200
    request_id = admin.get("/dataset/list").headers["X-Request-ID"]

    log = deployed.api.log
    assert request_id in log
    assert SECRET not in log
    assert admin.token.rpartition(".")[2] not in log
    assert "mongodb://" not in log
