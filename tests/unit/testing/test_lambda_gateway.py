"""The gateway that tests of the package stand behind does as API Gateway is documented to do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from testing.lambda_runtime.gateway import BODY_LIMIT, RestApi
from testing.lambda_runtime.gateway_event import HttpRequest, HttpResponse
from testing.lambda_runtime.server import EventTooLarge, FunctionError

EVENTS = Path(__file__).parents[2] / "events"
PROXY = {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}
NO_MORE: Mapping[str, Any] = MappingProxyType({})
TEXT = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "ok"}


def refusal(status: int) -> dict[str, Any]:
    template = json.dumps({"status": status, "requestID": "$context.requestId"})
    return {
        "statusCode": str(status),
        "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
        "responseTemplates": {"application/json": template},
    }


def api(
    invoke: Callable[[bytes], bytes], *, binary: tuple[str, ...] = ("*/*",), paths: Any = None
) -> RestApi:
    definition = {
        "paths": {"/a/{id}": {"get": PROXY, "post": PROXY}, "/a/fixed": {"get": PROXY}, **(paths or {})},
        "x-amazon-apigateway-binary-media-types": list(binary),
        "x-amazon-apigateway-gateway-responses": {
            "MISSING_AUTHENTICATION_TOKEN": refusal(404),
            "REQUEST_TOO_LARGE": refusal(413),
            "INTEGRATION_TIMEOUT": refusal(504),
            "DEFAULT_4XX": refusal(400),
            "DEFAULT_5XX": refusal(502),
        },
    }
    return RestApi(definition, "api.example.com", "api", invoke)


def replying(reply: Any) -> Callable[[bytes], bytes]:
    return lambda _event: json.dumps(reply).encode()


def failing(error: Exception) -> Callable[[bytes], bytes]:
    def invoke(_event: bytes) -> bytes:
        raise error

    return invoke


def get(gateway: RestApi, path: str, *headers: tuple[str, str]) -> HttpResponse:
    return gateway.answer(HttpRequest("GET", path, headers))


def echo(event: bytes) -> bytes:
    return json.dumps({"statusCode": 200, "body": event.decode()}).encode()


def test_a_request_becomes_the_documented_event() -> None:
    request = HttpRequest("POST", "/api/a/x%20y?q=1&q=2&e=", (("X-Twice", "1"), ("X-Twice", "2")), b"\xff")
    event = json.loads(api(echo).answer(request).body)

    assert (event["httpMethod"], event["resource"], event["path"]) == ("POST", "/a/{id}", "/a/x y")
    assert event["pathParameters"] == {"id": "x y"}
    assert event["queryStringParameters"] == {"q": "2", "e": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "e": [""]}
    assert (event["headers"]["X-Twice"], event["multiValueHeaders"]["X-Twice"]) == ("2", ["1", "2"])
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff")
    context = event["requestContext"]
    assert (context["path"], context["stage"], context["resourcePath"]) == ("/api/a/x y", "api", "/a/{id}")


def test_the_event_has_the_shape_of_a_recorded_one() -> None:
    recorded = json.loads((EVENTS / "api_gateway_request.json").read_text())
    event = json.loads(get(api(echo), "/api/a/fixed").body)

    assert event.keys() == recorded.keys()
    assert event["requestContext"].keys() == recorded["requestContext"].keys()
    assert event["requestContext"]["identity"].keys() == recorded["requestContext"]["identity"].keys()
    ours = {name for name in recorded["headers"] if name.startswith("X-")} | {"Host"}
    assert event["headers"].keys() == event["multiValueHeaders"].keys() == ours


def test_what_is_absent_is_null() -> None:
    event = json.loads(get(api(echo), "/api/a/fixed").body)

    absent = ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "body")
    assert [event[name] for name in absent] == [None] * 4
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/b", (), 404),
        ("/api/b", (("Authorization", "a token"),), 400),
        ("/api/a/1/2", (), 404),
        ("/other/a/1", (), 400),
    ],
)
def test_what_no_resource_has_is_refused_without_the_function(
    path: str, headers: tuple[tuple[str, str], ...], status: int
) -> None:
    answer = get(api(failing(AssertionError())), path, *headers)

    assert (answer.status, json.loads(answer.body)["status"]) == (status, status)
    assert ("Retry-After", "1") in answer.headers


def test_a_proxy_takes_every_path_and_method_that_nobody_else_has() -> None:
    gateway = api(echo, paths={"/{proxy+}": {"x-amazon-apigateway-any-method": PROXY}})
    taken = json.loads(gateway.answer(HttpRequest("PATCH", "/api/no/such/thing")).body)

    assert (taken["resource"], taken["pathParameters"]) == ("/{proxy+}", {"proxy": "no/such/thing"})
    assert json.loads(get(gateway, "/api/a/1").body)["resource"] == "/a/{id}"
    assert gateway.answer(HttpRequest("PATCH", "/api/a/1")).status == 404


def test_base64_is_decoded_only_for_binary_types() -> None:
    reply = {"statusCode": 200, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}

    assert get(api(replying(reply)), "/api/a/1").body == b"\xff"
    assert get(api(replying(reply), binary=("image/png",)), "/api/a/1").body == b"/w=="
    png = ("Accept", "image/png, */*")
    assert get(api(replying(reply), binary=("image/png",)), "/api/a/1", png).body == b"\xff"


def test_headers_that_the_gateway_keeps_for_itself_come_under_another_name() -> None:
    reply = {**TEXT, "headers": {"WWW-Authenticate": "Bearer"}, "multiValueHeaders": {"Vary": ["a", "b"]}}
    headers = get(api(replying(reply)), "/api/a/1").headers

    assert ("x-amzn-Remapped-WWW-Authenticate", "Bearer") in headers
    assert [value for name, value in headers if name == "Vary"] == ["a", "b"]


@pytest.mark.parametrize(
    "reply", [None, "text", {"statusCode": 200, "extra": 1}, {"body": "x"}, {**TEXT, "body": {}}]
)
def test_a_reply_that_is_none_is_a_bad_gateway(reply: Any) -> None:
    assert get(api(replying(reply)), "/api/a/1").status == 502


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FunctionError("Runtime.ExitError", "it died"), 502),
        (FunctionError("Sandbox.Timedout", "Task timed out"), 504),
        (EventTooLarge("6 MB"), 413),
    ],
)
def test_a_function_that_does_not_answer_is_answered_for(error: Exception, status: int) -> None:
    assert get(api(failing(error)), "/api/a/1").status == status


def test_ten_megabytes_are_all_that_the_gateway_reads() -> None:
    gateway = api(replying(TEXT))

    assert gateway.answer(HttpRequest("POST", "/api/a/1", (), bytes(BODY_LIMIT))).status == 200
    assert gateway.answer(HttpRequest("POST", "/api/a/1", (), bytes(BODY_LIMIT + 1))).status == 413
