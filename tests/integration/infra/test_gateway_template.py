"""The gateway, read from the template as CloudFormation carries it out."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import app
from chalicelib.api.http.errors import RouteNotFound, error_body
from infra import template
from infra.gateway import ANY, INTEGRATION, REST_OF_ALL_PATHS
from infra.template import Template
from local.gateway.refusals import FunctionFailed, RequestTooLarge, TooLate
from tests.integration.infra.test_template import of_type, properties


@pytest.fixture(scope="module")
def body(expanded: Template) -> dict[str, Any]:
    """What is deployed of the API."""
    found: dict[str, Any] = properties(expanded, "RestAPI")["Body"]
    return found


def test_no_deployment_makes_a_stage_of_its_own_beside_the_throttled_one(expanded: Template) -> None:
    deployments = of_type(expanded, "AWS::ApiGateway::Deployment").values()
    assert [it["StageName"] for it in deployments if "StageName" in it] == []
    (stage,) = of_type(expanded, "AWS::ApiGateway::Stage").values()
    (limits,) = stage["MethodSettings"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (200, 400)


def parameters_in(node: Any) -> Iterator[str]:
    """The parameters that a part of the template uses."""
    if isinstance(node, list):
        for item in node:
            yield from parameters_in(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{([^}]+)\}", value)
            else:
                yield from parameters_in(value)


def test_what_is_deployed_holds_no_parameter_whose_new_value_would_not_be(
    expanded: Template, body: dict[str, Any]
) -> None:
    """A deployment is told from the next by its text. The stage is that of the stack, for good."""
    assert set(parameters_in(body)) & set(expanded["Parameters"]) == {"Stage"}


def test_a_change_of_what_is_deployed_is_a_new_deployment(built: Path, expanded: Template) -> None:
    changed = json.loads((built / "sam.json").read_text())
    answers = changed["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    answers["THROTTLED"]["ResponseParameters"]["Headers"]["Retry-After"] = "'2'"
    before, after = (
        set(of_type(it, "AWS::ApiGateway::Deployment")) for it in (expanded, template.expanded(changed))
    )
    assert before != after


def test_a_changed_origin_reaches_what_answers_pages(expanded: Template) -> None:
    function = properties(expanded, "APIHandler")["Environment"]["Variables"]
    assert function["NEBULA_FRONTEND_ORIGIN"] == {"Ref": "FrontendOrigin"}
    rules = properties(expanded, "Bucket")["CorsConfiguration"]["CorsRules"]
    assert {tuple(rule["AllowedMethods"]): rule["AllowedOrigins"] for rule in rules} == {
        ("PUT", "POST"): {"Fn::Split": [",", {"Ref": "FrontendOrigin"}]},
        ("GET", "HEAD"): ["*"],
    }


@pytest.mark.parametrize(
    ("origins", "taken"),
    [
        ("*", True),
        ("https://a.example.com", True),
        ("https://a.example.com,http://localhost:3000", True),
        ("https://a.example.com,*", False),
        ("https://a.example.com,", False),
        ("https://a.example.com, https://b.example.com", False),
        ("a.example.com", False),
    ],
)
def test_several_origins_are_taken_and_nothing_else_is(expanded: Template, origins: str, taken: bool) -> None:
    pattern = expanded["Parameters"]["FrontendOrigin"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origins)) == taken


def test_every_method_of_every_path_reaches_the_function_as_on_the_laptop(body: dict[str, Any]) -> None:
    assert set(body["paths"]) == {*app.routes, "/", REST_OF_ALL_PATHS}
    for path, methods in body["paths"].items():
        declared = {method.lower() for method in app.routes.get(path, ())}
        assert set(methods) == {ANY, *declared}, path
        for method in methods.values():
            assert method[INTEGRATION]["type"] == "aws_proxy"
            assert "${APIHandler.Arn}" in method[INTEGRATION]["uri"]["Fn::Sub"]
            named = {it["name"] for it in method.get("parameters", []) if it["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\+?\}", path)), path


def test_every_body_is_handed_on_as_bytes(body: dict[str, Any]) -> None:
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]


def test_the_apis_own_host_takes_no_old_tls(expanded: Template) -> None:
    api = properties(expanded, "RestAPI")
    assert re.fullmatch(r"SecurityPolicy_TLS13_1_[23]_.*", api["SecurityPolicy"])
    assert api["EndpointAccessMode"] == "BASIC"


ANSWERS = {
    "MISSING_AUTHENTICATION_TOKEN": (404, "Not found"),
    "RESOURCE_NOT_FOUND": (404, "Not found"),
    "INVALID_SIGNATURE": (404, "Not found"),
    "EXPIRED_TOKEN": (404, "Not found"),
    "UNAUTHORIZED": (401, "Unauthorised request."),
    "ACCESS_DENIED": (403, "Forbidden request."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported media type"),
    "REQUEST_TOO_LARGE": (413, "Request too large"),
    "THROTTLED": (429, "Too many requests"),
    "QUOTA_EXCEEDED": (429, "Too many requests"),
    "DEFAULT_4XX": (400, "Unknown error"),
    "INTEGRATION_TIMEOUT": (504, "Gateway timeout"),
    "DEFAULT_5XX": (502, "Unknown error"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_the_gateway_answers_by_itself_has_the_contracts_shape_and_can_be_read_by_pages(
    kind: str, body: dict[str, Any]
) -> None:
    answer = body["x-amazon-apigateway-gateway-responses"][kind]
    status, name = ANSWERS[kind]
    said = json.loads(answer["responseTemplates"]["application/json"])
    assert (int(answer["statusCode"]), said["status"], said["name"]) == (status, status, name)
    assert set(said) == {"message", "status", "name", "requestID"}
    assert said["requestID"] == "$context.requestId"
    headers = answer["responseParameters"]
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    assert headers["gatewayresponse.header.Cache-Control"] == "'no-store'"


def test_no_answer_of_the_gateways_is_left_out(body: dict[str, Any]) -> None:
    assert set(body["x-amazon-apigateway-gateway-responses"]) == set(ANSWERS)


@pytest.mark.parametrize(
    ("kind", "laptop"),
    [
        ("REQUEST_TOO_LARGE", RequestTooLarge()),
        ("INTEGRATION_TIMEOUT", TooLate(29.0)),
        ("DEFAULT_5XX", FunctionFailed()),
    ],
)
def test_the_laptops_gateway_answers_in_the_same_words(
    kind: str, laptop: RequestTooLarge | TooLate | FunctionFailed, body: dict[str, Any]
) -> None:
    answer = body["x-amazon-apigateway-gateway-responses"][kind]
    said = json.loads(answer["responseTemplates"]["application/json"])
    assert said == json.loads(laptop.answer("$context.requestId").body)


def test_an_unknown_path_is_called_the_same_by_whoever_answers(body: dict[str, Any]) -> None:
    gateway = json.loads(
        body["x-amazon-apigateway-gateway-responses"]["INVALID_SIGNATURE"]["responseTemplates"][
            "application/json"
        ]
    )
    function = error_body(RouteNotFound("/x"), "/x", "1")
    assert (gateway["status"], gateway["name"]) == (function.status, function.name)


def test_a_part_that_named_an_origin_in_the_api_would_be_found(body: dict[str, Any]) -> None:
    stale = copy.deepcopy(body)
    stale["paths"]["/"]["options"] = {"headers": {"Fn::Sub": "'${FrontendOrigin}'"}}
    assert "FrontendOrigin" in set(parameters_in(stale))
