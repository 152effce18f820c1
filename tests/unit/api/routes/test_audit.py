"""The audit as the routes write and show it: who did what, and that its failure stops nobody."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import pytest

from app import app
from chalicelib.domain.audit import Action, AuditRecord
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.users import Role
from tests.fakes.audit import InMemoryAudit
from tests.fakes.clock import utc_now
from tests.fakes.logbook import Logbook
from tests.unit.api.backend import Backend
from tests.unit.api.every_route import ALL_ROUTES, ROUTES_TESTED_ELSEWHERE, Route
from tests.unit.api.speaking import BASE, DATASET_ID, FILE_ID, FILE_NAME, FILE_PATH, Api, file_part, text_part

NOT_RECORDED = {
    f"GET {BASE}/dataset/list",
    f"GET {BASE}",
    f"GET {BASE}/health",
    f"GET {BASE}/openapi.json",
    f"GET {BASE}/docs",
    f"GET {BASE}/dataset/receipts",
    f"GET {BASE}/dataset/uploads/{{uploadID}}",
}
"""They show names and counts at most."""
RECORDED = [route for route in ALL_ROUTES if str(route) not in NOT_RECORDED]


@pytest.fixture
def store(backend: Backend) -> InMemoryAudit:
    return backend.ports.audit


def test_every_route_is_recorded_or_named_as_one_that_is_not() -> None:
    recording = {
        f"{method} {path}"
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if "record(call, Action." in inspect.getsource(entry.view_function)
    }
    declared = {str(route) for route in [*ALL_ROUTES, *ROUTES_TESTED_ELSEWHERE]}

    assert declared - recording == NOT_RECORDED


@pytest.mark.parametrize("route", RECORDED, ids=str)
def test_what_is_answered_is_recorded_once_under_the_request(
    api: Api, store: InMemoryAudit, logbook: Logbook, route: Route
) -> None:
    response = api.send(route.method, route.path, route.body, headers=route.headers)

    [record] = store.records
    assert record.request_id == response.headers["X-Request-ID"]
    assert (record.user, record.role) == (("ada", Role.ADMIN) if route.role else (None, None))
    assert logbook.of("request")[0]["audit"] == record.digest


@pytest.mark.parametrize("route", RECORDED, ids=str)
def test_whoever_is_not_let_in_leaves_no_record(api: Api, store: InMemoryAudit, route: Route) -> None:
    if route.role is None:
        api.get(f"/api/files/{FILE_ID}/download/guess.png", token=None)
    else:
        api.send(route.method, route.path, route.body, token=None, headers=route.headers)

    assert store.records == []


def test_a_record_says_what_was_done_to_what(api: Api, backend: Backend, store: InMemoryAudit) -> None:
    api.post("/dataset/details", {"id": DATASET_ID})
    api.post_form("/dataset/create", text_part("name", "new"), file_part("a.jpg"), file_part("b/c.jpg"))
    api.post("/delete/images", {"datasetID": DATASET_ID, "imagesNames": ["x.png", "y.png"]})
    api.get(FILE_PATH, token=None)

    told = [(record.action, record.dataset_id, record.names, record.file_id) for record in store.records]
    assert told == [
        (Action.DETAILS, DATASET_ID, (), None),
        (Action.CREATE, backend.ports.datasets.get_by_name("new").id, ("a.jpg", "b/c.jpg"), None),
        (Action.DELETE, DATASET_ID, ("x.png", "y.png"), None),
        (Action.OPEN, None, (), FILE_ID),
    ]


def test_whoever_opens_a_file_without_a_token_is_known_by_the_address_alone(
    api: Api, store: InMemoryAudit
) -> None:
    api.get(FILE_PATH, token=None)
    api.post("/dataset/details", {"id": DATASET_ID})

    assert [record.address for record in store.records] == ["127.0.0.1", None]
    assert FILE_NAME not in str(store.records)


def test_a_deletion_is_recorded_before_it_happens(api: Api, backend: Backend, store: InMemoryAudit) -> None:
    backend.ports.faults.plan("images.retire", RuntimeError("the process dies here"))

    api.post("/delete/images", {"datasetID": DATASET_ID, "imagesNames": ["x.png"]})

    assert [record.action for record in store.records] == [Action.DELETE]


@pytest.mark.parametrize("route", RECORDED, ids=str)
def test_a_record_that_cannot_be_kept_goes_to_the_log_and_holds_nobody_up(
    api: Api, store: InMemoryAudit, logbook: Logbook, route: Route
) -> None:
    store.faults.plan("audit.add", TransientFault("MongoDB", "no primary"))

    response = api.send(route.method, route.path, route.body, headers=route.headers)

    assert response.status_code == 200
    [line] = logbook.of("the audit record is in this line alone")
    assert line["level"] == "ERROR"
    assert line["requestID"] == response.headers["X-Request-ID"]
    assert line["action"] in set(Action)
    assert FILE_NAME not in logbook.text


def test_an_admin_reads_the_newest_first_page_by_page(api: Api, store: InMemoryAudit) -> None:
    for number in range(3):
        api.post("/dataset/details", {"id": DATASET_ID}, token=f"{['viewer', 'editor'][number % 2]}-token")

    first = api.get("/audit?limit=2").json_body
    second = api.get(f"/audit?limit=2&cursor={first['nextCursor']}").json_body

    assert [row["user"] for row in first["records"]] == ["vera", "eda"]
    assert [row["user"] for row in second["records"]] == ["vera"]
    assert first["records"][0]["digest"] == store.records[2].digest
    assert "nextCursor" not in second


@pytest.mark.parametrize(
    ("question", "users"),
    [
        ("user=eda", ["eda"]),
        (f"datasetID={DATASET_ID.upper()}&user=vera", ["vera"]),
        ("datasetID=" + "0" * 24, []),
    ],
)
def test_an_admin_asks_for_a_dataset_and_a_user(
    api: Api, store: InMemoryAudit, question: str, users: list[str]
) -> None:
    for token in ("viewer-token", "editor-token"):
        api.post("/dataset/details", {"id": DATASET_ID}, token=token)

    records: list[dict[str, Any]] = api.get(f"/audit?{question}").json_body["records"]

    assert [row["user"] for row in records] == users


def test_reading_the_audit_is_recorded(api: Api, store: InMemoryAudit) -> None:
    api.get(f"/audit?datasetID={DATASET_ID}")

    assert [(record.action, record.user) for record in store.records] == [(Action.AUDIT, "ada")]


@pytest.mark.parametrize(
    "question", ["datasetID=1", "user=", "limit=0", "limit=1001", "cursor=x", "user=a&user=b"]
)
def test_a_question_that_makes_no_sense_is_refused(api: Api, store: InMemoryAudit, question: str) -> None:
    assert api.get(f"/audit?{question}").status_code == 400


def test_a_record_that_was_changed_no_longer_fits_the_digest_in_the_log() -> None:
    record = AuditRecord(utc_now(), Action.DELETE, "r", "ada", Role.ADMIN, None, ("a", "b"))
    changes: list[dict[str, Any]] = [
        {"user": "eda"},
        {"names": ("a",)},
        {"names": ("ab",)},
        {"action": Action.DETAILS},
        {"request_id": "s"},
        {"file_id": "1"},
    ]

    assert len({record.digest, *(replace(record, **change).digest for change in changes)}) == 7
