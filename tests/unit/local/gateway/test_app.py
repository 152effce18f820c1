"""The laptop's gateway keeps the limits of the deployed one, and answers everything in one form."""

from __future__ import annotations

import io
import json
import threading
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from chalice.app import BadRequestError, Chalice, HeadersType, Response

from chalicelib.api.http.errors import RequestTooLarge
from local.gateway.app import Gateway
from local.gateway.limits import PAYLOAD_LIMIT, REQUEST_LIMIT

PATIENCE = 60


class Client:
    """Calls a gateway as its server does; remembers the last answer."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def __call__(
        self, method: str, target: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        environ: dict[str, Any] = {"HTTP_ACCEPT": "*/*"}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        environ |= {"REQUEST_METHOD": method, "REQUEST_URI": target, "wsgi.input": io.BytesIO(body)}
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
        environ["CONTENT_LENGTH"] = str(len(body)) if body else ""
        setup_testing_defaults(environ)
        answered: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            answered.extend((int(status[:3]), dict(headers)))

        content = b"".join(self._gateway(environ, start_response))
        return answered[0], answered[1], content


@pytest.fixture
def call() -> Client:
    return Client(Gateway(small_app(threading.Event()), seconds=PATIENCE, threads=2))


def small_app(release: threading.Event) -> Chalice:
    """An app with a route for everything that a gateway has to deal with."""
    app = Chalice("small", configure_logs=False)
    app.api.binary_types = ["*/*"]

    @app.route(
        "/echo/{name}", methods=["GET", "POST"], content_types=["application/json", "multipart/form-data"]
    )
    def echo(name: str) -> Response:
        request = app.current_request
        assert request is not None
        event = request.to_original_event()
        body = {
            "name": name,
            "length": len(request.raw_body),
            "base64": event["isBase64Encoded"],
            "context": event["requestContext"],
            "query": event["multiValueQueryStringParameters"],
            "headers": dict(request.headers),
        }
        return Response(json.dumps(body).encode(), {"Content-Type": "application/json"})

    @app.route("/bytes/{count}")
    def many_bytes(count: str) -> Response:
        headers = {"Content-Type": "image/png", "Set-Cookie": ["a=1", "b=2"], "Connection": "close"}
        return Response(b"\x89" * int(count), headers)  # type: ignore[arg-type]

    @app.route("/hang")
    def hang() -> str:
        release.wait(PATIENCE)
        return ""

    @app.route("/refuse")
    def refuse() -> str:
        raise BadRequestError("no")

    answer_in_other_ways(app)
    return app


def answer_in_other_ways(app: Chalice) -> None:
    """Answers that are not simply a body."""

    @app.route("/long", methods=["GET", "HEAD"])
    def long() -> Response:
        return Response(b"short", {"Content-Length": "123456", "Content-Type": "image/png"})

    @app.route("/unchanged")
    def unchanged() -> Response:
        return Response(b"", {"ETag": '"1"', "Content-Length": "9"}, 304)

    @app.route("/challenge")
    def challenge() -> Response:
        return Response(b"", {"WWW-Authenticate": "Bearer"}, 401)

    @app.middleware("http")
    def break_on_demand(event: Any, get_response: Any) -> Any:
        asked: HeadersType = {"X-Asked": f"{event.method} {event.path}"}
        if event.path not in app.routes:
            return Response("{}", asked, 404)
        if event.method not in app.routes[event.path]:
            return Response("{}", asked, 405)
        if event.path == "/refuse":
            return Response("", {"X-Broken": "a\x00b"})
        return get_response(event)


def error_of(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    """The contract's error body of an answer, checked for its form."""
    status, headers, content = answer
    body: dict[str, Any] = json.loads(content)
    assert set(body) == {"message", "status", "name", "requestID"}
    assert body["status"] == status
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-ID"] == body["requestID"]
    assert "Traceback" not in content.decode()
    return body


def test_a_request_reaches_its_route(call: Client) -> None:
    status, headers, content = call("GET", "/echo/a%20b?x=1&x=2&y=%C3%A9")
    seen = json.loads(content)
    assert status == 200
    assert headers["Content-Length"] == str(len(content))
    assert seen["query"] == {"x": ["1", "2"], "y": ["é"]}
    assert seen["context"]["path"] == "/echo/a%20b"
    assert seen["context"]["requestId"]


def test_a_form_arrives_in_base64_whatever_its_boundary(call: Client) -> None:
    body = bytes(range(256))
    _, _, content = call("POST", "/echo/x", body, content_type="multipart/form-data; boundary=éß")
    assert (json.loads(content)["base64"], json.loads(content)["length"]) == (True, 256)


def test_bytes_come_back_as_they_are_with_every_header_but_the_connections(call: Client) -> None:
    status, headers, content = call("GET", "/bytes/1000")
    assert (status, content) == (200, b"\x89" * 1000)
    assert headers["Content-Type"] == "image/png"
    assert headers["Set-Cookie"] == "b=2"
    assert "Connection" not in headers


def test_every_method_reaches_the_function_under_its_own_name(call: Client) -> None:
    for method in ("HEAD", "OPTIONS", "PUT", "BREW"):
        status, headers, content = call(method, "/echo/x")
        assert (status, headers["X-Asked"]) == (405, f"{method} /echo/{{name}}")
        assert (content == b"") == (method == "HEAD")


def test_the_length_that_the_function_names_is_told_to_head_alone(call: Client) -> None:
    status, headers, content = call("HEAD", "/long")
    assert (status, headers["Content-Length"], content) == (200, "123456", b"")
    status, headers, content = call("GET", "/long")
    assert (status, headers["Content-Length"], content) == (200, "5", b"short")


def test_what_has_no_body_names_no_length(call: Client) -> None:
    status, headers, content = call("GET", "/unchanged")
    assert (status, content) == (304, b"")
    assert "Content-Length" not in headers


def test_a_challenge_arrives_under_the_name_that_api_gateway_gives_it(call: Client) -> None:
    headers = call("GET", "/challenge")[1]
    assert headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" not in headers


def test_requests_do_not_see_each_other(call: Client) -> None:
    seen: dict[str, str] = {}

    def ask(name: str) -> None:
        for _ in range(20):
            seen[name] = json.loads(call("GET", f"/echo/{name}?n={name}")[2])["query"]["n"][0]
            assert seen[name] == name

    threads = [threading.Thread(target=ask, args=[name]) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert seen == {name: name for name in "abcdef"}


@pytest.mark.parametrize(
    ("target", "resource"),
    [
        ("/", "/"),
        ("/?x=1", "/"),
        ("/nope", "/{proxy+}"),
        ("/nope?x=1&x=2", "/{proxy+}"),
        ("/echo", "/{proxy+}"),
        ("/echo/a/b", "/{proxy+}"),
        ("/[", "/{proxy+}"),
    ],
)
def test_a_path_of_no_route_reaches_the_function_as_the_rest_of_all_paths(
    call: Client, target: str, resource: str
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        status, headers, _ = call(method, target)
        assert (status, headers["X-Asked"]) == (404, f"{method} {resource}")


@pytest.mark.parametrize("target", ["//echo/x", "*", "//[", "http://[/", ""])
def test_what_is_no_path_is_not_found(call: Client, target: str) -> None:
    assert error_of(call("GET", target))["name"] == "Not found"


def test_a_whole_url_is_understood(call: Client) -> None:
    assert call("GET", "http://somewhere:80/echo/x?y=1")[0] == 200


def test_a_request_over_the_gateways_limit_is_refused_with_the_way_out(call: Client) -> None:
    error = error_of(call("POST", "/echo/x", bytes(REQUEST_LIMIT + 1), content_type="application/json"))
    assert (error["status"], error["name"]) == (413, "Request too large")
    assert error["message"] == str(RequestTooLarge())


def test_a_request_counts_in_base64_against_the_functions_limit(call: Client) -> None:
    most = PAYLOAD_LIMIT * 3 // 4 - 3_000
    assert call("POST", "/echo/x", bytes(most), content_type="application/json")[0] == 200
    error = error_of(call("POST", "/echo/x", bytes(most + 3_000), content_type="application/json"))
    assert error["status"] == 413
    assert error["message"] == str(RequestTooLarge())


def test_a_reply_over_the_functions_limit_does_not_get_out(call: Client) -> None:
    assert call("GET", "/bytes/4700000")[0] == 200
    assert error_of(call("GET", "/bytes/4720000"))["status"] == 502


def test_a_function_that_takes_too_long_is_not_waited_for() -> None:
    release = threading.Event()
    error = error_of(Client(Gateway(small_app(release), seconds=0.1, threads=1))("GET", "/hang"))
    release.set()
    assert (error["status"], error["name"]) == (504, "Gateway timeout")


def test_a_reply_that_cannot_be_sent_is_unknown_to_the_client_and_in_the_log(
    call: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert error_of(call("GET", "/refuse"))["message"] == "Unknown error."
    assert "502" in caplog.text


def test_refusals_can_be_read_by_scripts_of_any_origin(call: Client) -> None:
    assert call("GET", "//nope")[1]["Access-Control-Allow-Origin"] == "*"
