"""One line per request, with what operators need and nothing that opens a door."""

from __future__ import annotations

import logging
from threading import Barrier, Thread

import pytest

from chalicelib import logs
from chalicelib.api.http.limits import MAX_BODY_BYTES
from tests.fakes.logbook import Logbook
from tests.unit.api.backend import Backend
from tests.unit.api.every_route import ALL_ROUTES, Route
from tests.unit.api.speaking import BASE, DATASET_ID, FILE_NAME, FILE_PATH, Api


@pytest.mark.parametrize("route", ALL_ROUTES, ids=str)
def test_each_request_is_one_line(api: Api, logbook: Logbook, route: Route) -> None:
    response = api.send(route.method, route.path, route.body, headers=route.headers)

    (line,) = logbook.lines
    assert line["message"] == "request"
    assert (line["method"], line["route"]) == (route.method, route.pattern)
    assert (line["status"], line["bytes"]) == (response.status_code, len(response.body))
    assert line["request_bytes"] == len(route.body)
    assert line["requestID"] == response.headers["X-Request-ID"]
    assert line["duration_ms"] >= 0
    assert line.get("user") == ("ada" if route.role else None)


def test_the_line_names_the_dataset(api: Api, logbook: Logbook) -> None:
    api.post("/dataset/details", {"id": DATASET_ID})

    assert logbook.lines[0]["dataset"] == DATASET_ID


def test_the_line_of_a_request_that_failed_names_the_dataset_that_was_asked_for(
    api: Api, logbook: Logbook
) -> None:
    for path in ("/dataset/details", "/dataset/download"):
        api.post(path, {"id": "f" * 24, "datasetID": "F" * 24})

    assert [line["dataset"] for line in logbook.of("request")] == ["f" * 24] * 2


def test_the_line_of_a_refusal_says_why(api: Api, logbook: Logbook) -> None:
    api.post("/dataset/details", {"id": 5})
    api.get("/dataset/list", token="viewer")
    api.send("PATCH", "/dataset/list")

    errors = [(line["status"], line["error"], line.get("reason")) for line in logbook.lines]
    assert errors == [
        (400, "InvalidParameters", "Expected `str | null`, got `int` - at `$.id`"),
        (401, "InvalidToken", None),
        (405, "MethodNotAllowed", None),
    ]


def test_no_line_holds_what_opens_a_door(api: Api, backend: Backend, logbook: Logbook) -> None:
    backend.ports.faults.plan(
        "datasets.page",
        RuntimeError(
            "no answer from mongodb://root:hunter2@db.test/n "
            "and https://s3.test/k?a=1&X-Amz-Signature=deadbeef&b=2"
        ),
    )
    backend.persist_file(bytes(MAX_BODY_BYTES + 1))  # too large to send: a presigned URL leads to it
    secrets = [
        "admin-token",
        "eyJhbGciOiJIUzI1NiJ9",
        "very-secret",
        "hunter2",
        "deadbeef",
        FILE_NAME[:16],
        "search-term",
        "photo-bytes",
    ]

    api.get("/dataset/list?search=search-term")
    api.get("/dataset/list", token="Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl")
    api.get(FILE_PATH, token=None)
    api.get("/api/files/1/download/4cac4cac4cac4cac-wrong.png", token=None)
    api.post_raw("/dataset/details", b'{"id": "photo-bytes"}')
    api.post_form(
        "/dataset/create", b'Content-Disposition: form-data; name="f"; filename="a"\r\n\r\nphoto-bytes'
    )

    assert len(logbook.of("request")) == 6
    assert [secret for secret in secrets if secret in logbook.text] == []


def test_chalices_own_messages_go_the_same_way(logbook: Logbook) -> None:
    logging.getLogger("nebula").error(
        "Caught exception for path %s: %s", "/x", "eyJhbGciOiJIUzI1NiJ9.e30.sig"
    )

    (line,) = logbook.lines
    assert line["message"] == "Caught exception for path /x: [secret]"


def test_requests_of_two_threads_keep_their_lines_apart(api: Api, logbook: Logbook) -> None:
    both_are_in = Barrier(2)

    def ask(token: str, method: str) -> None:
        both_are_in.wait()
        for _ in range(50):
            api.send(method, "/dataset/list", token=token)

    threads = [Thread(target=ask, args=case) for case in (("viewer-token", "GET"), ("admin-token", "PUT"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen = {(line.get("user"), line["method"], line["status"], line["route"]) for line in logbook.lines}
    assert len(logbook.lines) == 100
    assert seen == {("vera", "GET", 200, f"{BASE}/dataset/list"), (None, "PUT", 405, f"{BASE}/dataset/list")}


def test_the_level_can_be_set(logbook: Logbook) -> None:
    logs.set_level("ERROR")
    try:
        logs.log_request({"status": 200})
        logs.log_fault("broken", ValueError("why"), {})
    finally:
        logs.set_level("INFO")

    assert [line["message"] for line in logbook.lines] == ["broken"]
