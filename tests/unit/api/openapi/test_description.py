"""The API's description: of every route, valid, true to what validates and answers, safe as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib.api.bodies.datasets import DetailsRequest
from chalicelib.api.http.errors import answer_to
from chalicelib.api.openapi.describe import describe
from chalicelib.api.openapi.examples import ERRORS, REPLIES, REQUESTS
from chalicelib.api.openapi.page import render
from chalicelib.domain.rejection import RejectionKind
from tests.unit.api.every_route import ALL_ROUTES, ROUTES_TESTED_ELSEWHERE, Route
from tests.unit.api.speaking import BASE, Api

ROUTES = [*ALL_ROUTES, *ROUTES_TESTED_ELSEWHERE]
DESCRIPTION = describe(app.routes, "https://nebula.test/api")


def operation_of(route: Route) -> dict[str, Any]:
    """What the description says of a route."""
    described: dict[str, Any] = DESCRIPTION["paths"][route.pattern][route.method.lower()]
    return described


def schema_of(name: str) -> dict[str, Any]:
    """A component's schema that finds the others."""
    return {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}


def test_every_route_of_the_app_is_described_and_nothing_else() -> None:
    declared = {(path, method.lower()) for path, methods in app.routes.items() for method in methods}
    described = {(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods}

    assert described == declared


def test_the_readme_names_every_route() -> None:
    readme = (Path(__file__).parents[4] / "README.md").read_text()

    paths = {path.removeprefix(BASE) or path for path in DESCRIPTION["paths"]}
    assert [path for path in sorted(paths) if f" {path}`" not in readme] == []


def test_it_is_valid_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []
    assert DESCRIPTION["openapi"].startswith("3.1.")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_operation_says_what_it_does_who_may_and_what_it_answers(route: Route) -> None:
    operation = operation_of(route)

    assert operation["summary"].endswith(".")
    assert operation["description"].endswith(f"Role: {route.role or 'none needed'}.")
    assert operation["security"] == ([{"bearer": []}, {"token": []}] if route.role else [])
    assert "200" in operation["responses"]
    assert "400" in operation["responses"]
    assert {"401", "403"} & set(operation["responses"]) == ({"401", "403"} if route.role else set())


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_operation_describes_the_body_and_the_parts_of_the_path_that_it_reads(route: Route) -> None:
    operation = operation_of(route)

    assert ("requestBody" in operation) == bool(route.body) or route in ROUTES_TESTED_ELSEWHERE
    in_path = {f"{{{p['name']}}}" for p in operation.get("parameters", []) if p["in"] == "path"}
    assert in_path == {part for part in route.pattern.split("/") if part.startswith("{")}


def test_every_code_of_a_rejection_is_described_with_its_meaning() -> None:
    codes = DESCRIPTION["components"]["schemas"]["RejectionKind"]

    assert set(codes["enum"]) == set(RejectionKind)
    assert all(f"`{kind}`: {kind.meaning}" in codes["description"] for kind in RejectionKind)


def test_operations_have_names_of_their_own() -> None:
    names = [
        operation["operationId"]
        for methods in DESCRIPTION["paths"].values()
        for operation in methods.values()
    ]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("example", [*REQUESTS.values(), *REPLIES.values()], ids=lambda e: type(e).__name__)
def test_each_example_is_one_that_would_be_taken_or_given(example: msgspec.Struct) -> None:
    given = json.loads(msgspec.json.encode(example))

    jsonschema.validate(given, schema_of(type(example).__name__), jsonschema.Draft202012Validator)
    assert msgspec.convert(given, type(example)) == example


@pytest.mark.parametrize("route", [route for route in ALL_ROUTES if route.call], ids=str)
def test_what_a_route_answers_is_what_is_described(api: Api, route: Route) -> None:
    reply = api.send(route.method, route.path, route.body, headers=route.headers)
    refusal = api.send(route.method, route.path, route.body, token="wrong", headers=route.headers)

    for response in (reply, refusal):
        described = operation_of(route)["responses"][str(response.status_code)]
        kind = response.headers["Content-Type"]
        assert kind in described["content"]
        assert set(described["headers"]) <= set(response.headers)
        if kind == "application/json":
            name = described["content"][kind]["schema"]["$ref"].rpartition("/")[2]
            jsonschema.validate(response.json_body, schema_of(name), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("name", "body", "is_valid"),
    [
        ("DetailsRequest", {"id": "a" * 24}, True),
        ("DetailsRequest", {"id": "a" * 24, "limit": 1, "cursor": None}, True),
        ("DetailsRequest", {}, False),
        ("DetailsRequest", {"id": None}, False),
        ("DetailsRequest", {"id": {"$ne": None}}, False),
        ("DetailsRequest", {"id": "a" * 24, "limit": 0}, False),
        ("AnnounceRequest", {"datasetName": "a", "files": [{"name": "a", "size": 1}]}, True),
        ("AnnounceRequest", {"datasetName": "a", "files": [{"name": "a", "size": 1}], "b": 1}, False),
        ("AnnounceRequest", {"datasetName": "a", "files": [{"name": "a", "size": 1, "b": 1}]}, False),
        ("AnnounceRequest", {"datasetName": "a", "files": []}, False),
        ("DeleteRequest", {"datasetID": "a" * 24, "imagesNames": ["a"]}, True),
        ("DeleteRequest", {"datasetID": "a" * 24, "imagesNames": [{"$regex": "."}]}, False),
    ],
)
def test_the_described_type_takes_what_the_validating_type_takes(
    name: str, body: dict[str, Any], is_valid: bool
) -> None:
    read_as = next(kind for kind in REQUESTS if kind.__name__ == name)

    assert jsonschema.Draft202012Validator(schema_of(name)).is_valid(body) == is_valid
    if is_valid:
        msgspec.convert(body, read_as)
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(body, read_as)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("AnnounceRequest", {"files": [{"name": "a", "size": 1}]}),
        ("AnnounceRequest", {"datasetName": "a", "uploadID": "a" * 24, "files": [{"name": "a", "size": 1}]}),
    ],
)
def test_what_only_the_words_of_a_type_say_is_checked_too(name: str, body: dict[str, Any]) -> None:
    read_as = next(kind for kind in REQUESTS if kind.__name__ == name)

    assert "exactly one of" in DESCRIPTION["components"]["schemas"][name]["description"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, read_as)


def test_the_published_name_of_a_key_is_described_and_the_other_one_understood() -> None:
    schema = DESCRIPTION["components"]["schemas"]["DetailsRequest"]

    assert schema["required"] == ["id"]
    assert "`datasetID` is understood in its place" in schema["description"]
    assert msgspec.convert({"datasetID": "A" * 24}, DetailsRequest).dataset == "a" * 24


def all_schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the description, at every depth."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from all_schemas(inner)


def test_generators_find_no_shape_that_they_take_for_another() -> None:
    """Branches of bare keys become the whole type; a default of null becomes a key that must be sent."""
    for schema in all_schemas(DESCRIPTION):
        assert not ("default" in schema and schema["default"] is None), schema
        for branch in [*schema.get("oneOf", []), *schema.get("anyOf", [])]:
            assert "required" not in branch, schema
        if "enum" in schema:
            assert schema["type"] == "string", schema


def test_no_component_is_there_for_nothing() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DESCRIPTION)))

    assert used == set(DESCRIPTION["components"]["schemas"])


def test_the_description_says_its_licence_whom_to_turn_to_and_what_each_group_holds() -> None:
    assert DESCRIPTION["info"]["license"]["identifier"] == "Apache-2.0"
    assert DESCRIPTION["info"]["contact"]["name"]
    tags = [tag["name"] for tag in DESCRIPTION["tags"]]
    operations = [operation for methods in DESCRIPTION["paths"].values() for operation in methods.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == set(tags)
    assert all(tag["description"] for tag in DESCRIPTION["tags"])


def test_every_parameter_says_what_it_means() -> None:
    for methods in DESCRIPTION["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (operation["operationId"], parameter["name"])


def test_pictures_are_described_as_bytes() -> None:
    answers = DESCRIPTION["paths"]["/api/files/{file_id}/download/{name}"]["get"]["responses"]["200"]

    assert set(answers["content"]) >= {"image/jpeg", "image/png"}
    assert all(kind["schema"]["format"] == "binary" for kind in answers["content"].values())


def test_every_error_has_an_example_in_the_contracts_words() -> None:
    texts = json.dumps(DESCRIPTION["paths"])

    for error in ERRORS.values():
        if answer_to(error).status != 405:  # a method that is not allowed is no operation
            assert answer_to(error).name.partition("{")[0] in texts


def test_the_described_server_is_the_one_that_was_asked(api: Api) -> None:
    description = api.get("/openapi.json", token=None).json_body

    assert description["servers"] == [{"url": "http://nebula.test"}]
    assert description["paths"].keys() == DESCRIPTION["paths"].keys()


def test_the_base_url_says_where_to_begin(api: Api) -> None:
    start = api.get("", token=None).json_body

    assert start == {
        "name": "Nebula",
        "docs": "http://nebula.test/nebula/backend/docs",
        "openapi": "http://nebula.test/nebula/backend/openapi.json",
        "health": "http://nebula.test/nebula/backend/health",
    }


def test_a_browser_at_the_base_url_is_sent_to_the_page(api: Api) -> None:
    response = api.get("", token=None, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert response.status_code == 302
    assert response.headers["Location"] == "http://nebula.test/nebula/backend/docs"


def test_people_get_a_page_that_names_every_route_and_runs_and_loads_nothing(api: Api) -> None:
    response = api.get("/docs", token=None)
    page = response.body.decode()

    assert all(path in page for path in DESCRIPTION["paths"])
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "<script" not in page
    assert "http://" not in page.replace("http://nebula.test", "")
    assert not any(word in page for word in (" src=", "@import", "url("))


def test_the_page_begins_with_the_published_routes_and_has_a_line_to_paste_for_each(api: Api) -> None:
    page = unescape(api.get("/docs", token=None).body.decode())

    headings = re.findall(r'<h2 id="(\w+)">', page)
    assert headings[:5] == [
        "get_dataset_details",
        "download_dataset",
        "list_datasets",
        "create_dataset",
        "update_dataset",
    ]
    assert page.count("<pre>curl -L ") == len(headings)
    assert '-F "Dataset Name=My photos" -F "file=@photo.jpg" "http://nebula.test/nebula' in page
    assert "<code>nextCursor</code>" in page
    assert "`" not in re.sub("<(pre|code)>.*?</\\1>", "", page, flags=re.DOTALL)


def test_nothing_in_the_description_can_break_out_of_the_page() -> None:
    attack = '"><script>alert(1)</script>&'
    description = json.loads(json.dumps(DESCRIPTION).replace("Nebula", json.dumps(attack)[1:-1]))
    description["paths"] = {
        path + attack: {
            method: {**operation, "summary": attack, "operationId": attack, "description": attack}
            for method, operation in methods.items()
        }
        for path, methods in description["paths"].items()
    }

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.add(tag)

    page, tags = render(description), Tags()
    tags.feed(page)

    assert "script" not in tags.found
    assert "alert(1)" in page
