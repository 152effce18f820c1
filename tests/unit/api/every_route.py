"""Every route with a request that it answers, who may send it, and a call of a port that it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.unit.api.speaking import BASE, DATASET_ID, FILE_PATH, FORM_TYPE, a_form, file_part, text_part

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": FORM_TYPE}


@dataclass(frozen=True)
class Route:
    """`path` is what is asked, `role` the lowest that may; None: whoever asks."""

    method: str
    path: str
    role: str | None
    call: str | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    resource: str = ""

    @property
    def pattern(self) -> str:
        """The path as Chalice's table has it."""
        return self.resource or BASE + self.path

    def __str__(self) -> str:
        return f"{self.method} {self.pattern}"


def _json(path: str, role: str, call: str, value: object) -> Route:
    return Route("POST", path, role, call, json.dumps(value).encode(), _JSON)


def _form(path: str, name: str, call: str) -> Route:
    body = a_form(text_part("Dataset Name", name), file_part("a.jpg"))
    return Route("POST", path, "editor", call, body, _FORM)


_DELETION = {"datasetID": DATASET_ID, "imagesNames": ["a.png"]}

JSON_ROUTES = [
    _json("/dataset/details", "viewer", "images.listing", {"id": DATASET_ID}),
    _json("/dataset/download", "viewer", "images.urls", {"datasetID": DATASET_ID}),
    _json("/delete/images", "admin", "images.retire", _DELETION),
    _json("/dataset/delete/images", "admin", "images.retire", _DELETION),
]
MULTIPART_ROUTES = [
    _form("/dataset/create", "new", "datasets.create"),
    _form("/dataset/update", "testRuleSet3", "datasets.get_by_name"),
]
OPEN_ROUTES = [
    Route("GET", "/health", None, None),
    Route("GET", "/openapi.json", None, None),
    Route("GET", "/docs", None, None),
    Route("GET", "", None, None),
    Route(
        "GET",
        FILE_PATH,
        None,
        "bucket.head",
        resource="/api/files/{file_id}/download/{name}",
    ),
]
ALL_ROUTES = [
    Route("GET", "/dataset/list", "viewer", "datasets.page"),
    *JSON_ROUTES,
    *MULTIPART_ROUTES,
    *OPEN_ROUTES,
]

_SESSION = f"/dataset/uploads/{DATASET_ID}"
_SESSION_RESOURCE = f"{BASE}/dataset/uploads/{{uploadID}}"
ROUTES_TESTED_ELSEWHERE = [
    Route("POST", "/dataset/uploads", "editor", None),
    Route("GET", _SESSION, "editor", None, resource=_SESSION_RESOURCE),
    Route("POST", f"{_SESSION}/urls", "editor", None, resource=f"{_SESSION_RESOURCE}/urls"),
    Route("GET", "/dataset/receipts", "viewer", None),
    Route("POST", "/dataset/receipts/retry", "editor", None),
    Route("GET", "/audit", "admin", None),
]
"""Of these, only what holds for every route is tested here: who may ask, and the error shape."""
GUARDED_ROUTES = [route for route in ALL_ROUTES if route.role] + ROUTES_TESTED_ELSEWHERE
