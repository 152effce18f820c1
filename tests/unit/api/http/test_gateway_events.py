"""The function as the gateway calls it: events in, answers with a base64 body out."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from chalice.local import LambdaContext

from app import app
from chalicelib import logs
from tests.fakes.config import a_config
from tests.fakes.logbook import Logbook
from tests.unit.api.backend import Backend
from tests.unit.api.speaking import BASE, DATASET_ID, FILE_PATH, FORM_TYPE, a_form, file_part, text_part

DETAILS = f"{BASE}/dataset/details"
DOWNLOAD = "/api/files/{file_id}/download/{name}"


@dataclass(frozen=True)
class Answer:
    """What the function gave back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


def invoke(event: dict[str, object]) -> Answer:
    """Call the function as Lambda does."""
    answer = app(event, LambdaContext("api", 128))
    assert answer["isBase64Encoded"], "the gateway would not decode the body"
    return Answer(answer["statusCode"], answer["headers"], b64decode(answer["body"]))


def an_event(method: str, resource: str, path: str | None = None, **changes: object) -> dict[str, object]:
    """An API Gateway proxy event of version 1.0."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": resource, "path": path or resource},
        "headers": {"host": "nebula.test"},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        **changes,
    }


def asking_details(path: str = DETAILS, **headers: str) -> dict[str, object]:
    """A request whose reply holds a URL."""
    body = json.dumps({"id": DATASET_ID})
    authorized = {
        "authorization": "admin-token",
        **{name.replace("_", "-"): headers[name] for name in headers},
    }
    return an_event("POST", DETAILS, path, headers=authorized, body=body)


def url_in(answer: Answer) -> str:
    """The URL of the first image."""
    return str(answer.json["result"]["datasetDetilsRows"][0]["url"])


def test_an_unknown_route_that_the_gateway_lets_through_is_not_found(logbook: Logbook) -> None:
    answer = invoke(an_event("GET", "/{proxy+}", "/api/nebula/backend/a-secret-name"))

    assert answer.status == 404
    assert answer.json["message"] == "There is nothing at /api/nebula/backend/a-secret-name."
    assert answer.json["name"] == "Not found"
    assert "/{proxy+}" not in app.routes
    assert "a-secret-name" not in logbook.text


def test_an_event_that_is_no_request_gets_the_error_shape() -> None:
    answer = invoke({"detail-type": "Scheduled Event"})

    assert (answer.status, answer.json["status"], answer.json["name"]) == (400, 400, "Unknown error")


@pytest.mark.parametrize("debug", [False, True])
def test_when_chalice_itself_fails_the_client_gets_the_shape_and_no_traceback(
    backend: Backend, logbook: Logbook, debug: bool
) -> None:
    app.debug = debug
    try:
        answer = invoke(an_event("GET", DOWNLOAD, "/api/files/1/download/a", pathParameters={}))
    finally:
        app.debug = False
        logs.set_level("INFO")  # Chalice's switch changes it

    assert (answer.status, answer.json["name"]) == (400, "Unknown error")
    (line,) = logbook.of("the request could not be answered")
    assert line["exception_name"] == "KeyError"


def test_the_gateways_request_id_is_the_one_that_is_told(backend: Backend) -> None:
    context = {"httpMethod": "GET", "resourcePath": f"{BASE}/health", "path": "/", "requestId": "gateway-1"}

    answer = invoke(an_event("GET", f"{BASE}/health", requestContext=context))

    assert answer.headers["X-Request-ID"] == "gateway-1"


def test_a_form_in_base64_arrives_byte_for_byte(backend: Backend) -> None:
    content = bytes(range(256)) + b"\r\n--a-boundar"
    event = an_event(
        "POST",
        f"{BASE}/dataset/create",
        headers={"content-type": FORM_TYPE, "authorization": "admin-token"},
        body=b64encode(a_form(text_part("name", "new"), file_part("a.jpg", content))).decode(),
        isBase64Encoded=True,
    )

    assert invoke(event).status == 200
    assert backend.came_in() == [content]


@pytest.mark.parametrize(
    ("path", "headers", "base"),
    [
        (DETAILS, {"host": "localhost:8000"}, "http://localhost:8000"),
        (DETAILS, {"host": "[::1]:8000"}, "http://[::1]:8000"),
        (DETAILS, {"host": "nebula.example", "x_forwarded_proto": "https"}, "https://nebula.example"),
        (DETAILS, {"host": "nebula.example", "x_forwarded_proto": "https,http"}, "https://nebula.example"),
        (DETAILS, {"host": "nebula.example", "x_forwarded_proto": "javascript"}, "http://nebula.example"),
        (f"/prod{DETAILS}", {"host": "x.execute-api.test"}, "http://x.execute-api.test/prod"),
        (f"/prod{DETAILS}/", {"host": "x.execute-api.test"}, "http://x.execute-api.test/prod"),
        (DETAILS, {}, ""),
        (DETAILS, {"host": 'nebula.test/"><script>'}, ""),
        (DETAILS, {"host": "user@nebula.test"}, ""),
    ],
)
def test_an_embedded_url_stands_below_the_host_that_was_asked(
    backend: Backend, path: str, headers: dict[str, str], base: str
) -> None:
    answer = invoke(asking_details(path, **headers))

    assert url_in(answer) == base + FILE_PATH


def test_a_deployed_stage_is_reached_by_https(backend: Backend) -> None:
    backend.services.config = a_config(stage="prod")

    assert url_in(invoke(asking_details(host="nebula.test"))).startswith("https://nebula.test/api/files/")


def test_a_configured_public_url_is_the_base_whatever_host_was_asked(backend: Backend) -> None:
    backend.services.config = a_config(public_url="https://files.example/nebula")

    url = url_in(invoke(asking_details(host="internal:8000")))

    assert url == f"https://files.example/nebula{FILE_PATH}"
