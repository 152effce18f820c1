"""The package: what it holds, and that it runs by itself."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import TokenConfig
from infra import artefact
from infra.lock import LOCK, canonical, pins
from infra.template import Template
from local.seaweedfs import SeaweedFS
from local.tokens import make_token
from testing.photos import photo_jpeg
from tests.integration.infra.conftest import Invoke

EVENTS = Path(__file__).parents[2] / "events"
SECRET = "0123456789abcdef0123456789abcdef"


def api_event(method: str, path: str, **headers: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / "api_gateway_request.json").read_text())
    event |= {"httpMethod": method, "path": path, "resource": path}
    event["requestContext"] |= {"httpMethod": method, "resourcePath": path, "path": f"/api{path}"}
    event["headers"] |= headers
    event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
    return event


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"]
    parsed: dict[str, Any] = json.loads(body)
    return parsed


def test_the_package_is_small_enough_and_holds_only_what_the_functions_need(
    built: Path, expanded: Template
) -> None:
    found = artefact.inspect(built / "deployment.zip", expanded)
    assert found.problems == []
    assert found.zipped < 50_000_000
    assert found.unzipped < 110_000_000


def test_the_package_holds_exactly_the_locked_wheels(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        metadata = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    installed = {
        canonical(name): version
        for name, version in (folder.removesuffix(".dist-info").split("-", 1) for folder in metadata)
    }
    assert installed == pins(LOCK.read_text())


def test_the_package_holds_every_module_that_the_functions_are_made_of(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        names = set(archive.namelist())
    root = LOCK.parent
    ours = {str(path.relative_to(root)) for path in (root / "chalicelib").rglob("*.py")}
    assert {"app.py", *ours} <= names


def test_the_unpacked_package_answers_a_recorded_request_with_nothing_else_installed(invoke: Invoke) -> None:
    environment = {
        "NEBULA_STAGE": "dev",
        "NEBULA_BUCKET": "nebula-dev",
        "MONGODB_URI": "mongodb://127.0.0.1:1/nebula?serverSelectionTimeoutMS=100",
        "NEBULA_TOKEN_SECRET": SECRET,
    }
    without_token = api_event("GET", "/nebula/backend/dataset/list")
    with_a_bad_one = api_event("GET", "/nebula/backend/dataset/list", Authorization="Bearer a.b.c")
    unknown = api_event("GET", "/nebula/backend/nothing")
    said = invoke("app", without_token, with_a_bad_one, unknown, **environment)
    assert [answer["statusCode"] for answer in said["answers"]] == [401, 401, 404]
    assert body_of(said["answers"][0]) == {
        "message": "Invalid Authentication.",
        "status": 401,
        "name": "Unauthorised request.",
        "requestID": "5f0a7d0e-8f3b-4c55-9d5b-3a1f2c4e6b70",
    }
    assert said["outside"] == []


def test_the_ingest_function_says_what_is_missing_when_it_is_not_configured(
    unpacked: Path, invoke: Invoke
) -> None:
    with pytest.raises(AssertionError, match="NEBULA_BUCKET is missing"):
        invoke("ingest", {"Records": []}, NEBULA_STAGE="dev")


@pytest.mark.usefixtures("aws_environment")
def test_the_unpacked_package_turns_a_recorded_s3_event_into_an_image_that_the_api_shows(
    invoke: Invoke, seaweedfs: SeaweedFS, s3_client: Any, bucket: str, mongodb_uri: str
) -> None:
    key = "drop/PAN Karten/a b+c(1)é%.jpg"
    etag = s3_client.put_object(Bucket=bucket, Key=key, Body=photo_jpeg(7))["ETag"].strip('"')
    event = json.loads((EVENTS / "api_s3_put.json").read_text())
    event["Records"][0]["s3"]["bucket"]["name"] = bucket
    event["Records"][0]["s3"]["object"] |= {"size": len(photo_jpeg(7)), "eTag": etag}
    environment = {
        "NEBULA_STAGE": "dev",
        "NEBULA_BUCKET": bucket,
        "MONGODB_URI": mongodb_uri,
        "AWS_ENDPOINT_URL_S3": seaweedfs.endpoint,
        "AWS_ACCESS_KEY_ID": seaweedfs.secrets.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secrets.secret_key,
    }

    ingested = invoke("ingest", event, event, **environment)

    assert ingested["outside"] == []
    token = make_token(TokenConfig(SECRET), "vedant", "viewer")
    listed = invoke(
        "app",
        api_event("GET", "/nebula/backend/dataset/list", Authorization=token),
        NEBULA_TOKEN_SECRET=SECRET,
        **environment,
    )
    (dataset,) = body_of(listed["answers"][0])["result"]["datasetList"]
    assert (dataset["name"], dataset["imagesCount"]) == ("PAN Karten", 1)
