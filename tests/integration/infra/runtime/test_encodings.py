"""How replies travel through Lambda and the gateway, whatever a client says that it takes."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from backports import zstd

from testing.lambda_runtime.gateway_event import HttpRequest
from testing.made_sets import MadeSet, make_set, remove_set
from tests.integration.infra.runtime.conftest import Deployed

ROWS = 25
ACCEPTS = ("application/json", "text/csv", "image/png", "text/html, image/webp;q=0.9", "*/*", None)
CODINGS = {
    "gzip": "gzip",
    "zstd": "zstd",
    "gzip, zstd": "zstd",
    "zstd;q=0.5, gzip": "gzip",
    "gzip, deflate, br": "gzip",
    "*": "gzip",
    "identity": None,
    "br": None,
    "gzip;q=0": None,
    "gzip;q=0, zstd;q=0": None,
    "": None,
    None: None,
}
DECODE: dict[str | None, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "zstd": zstd.decompress,
    None: bytes,
}


@pytest.fixture(scope="module")
def made(deployed: Deployed) -> Iterator[MadeSet]:
    made = make_set(deployed.database, "Some rows", ROWS)
    yield made
    remove_set(deployed.database, made)


def asking(deployed: Deployed, made: MadeSet, accept: str | None, encoding: str | None) -> HttpRequest:
    headers = {"Authorization": deployed.client("viewer").token, "Content-Type": "application/json"}
    headers |= {"Accept": accept} if accept is not None else {}
    headers |= {"Accept-Encoding": encoding} if encoding is not None else {}
    body = json.dumps({"id": made.id}).encode()
    return HttpRequest("POST", "/api/nebula/backend/dataset/details", tuple(headers.items()), body)


def rows_of(body: bytes, coding: str | None) -> list[dict[str, Any]]:
    return list(json.loads(DECODE[coding](body))["result"]["datasetDetilsRows"])


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("encoding", CODINGS)
def test_every_reply_is_base64_that_the_gateway_decodes_to_what_the_client_takes(
    deployed: Deployed, made: MadeSet, accept: str | None, encoding: str | None
) -> None:
    request = asking(deployed, made, accept, encoding)
    reply = deployed.api.invoke(deployed.gateway.event(request))
    response = deployed.gateway.answer(request)
    headers = {name.lower(): value for name, value in response.headers}

    assert reply["isBase64Encoded"] is True
    assert (reply["statusCode"], response.status) == (200, 200)
    assert headers.get("content-encoding") == CODINGS[encoding]
    assert headers["content-type"] == "application/json"
    assert headers["vary"] == "Accept-Encoding"
    sent = rows_of(base64.b64decode(reply["body"], validate=True), CODINGS[encoding])
    assert len(sent) == ROWS
    assert rows_of(response.body, CODINGS[encoding]) == sent
