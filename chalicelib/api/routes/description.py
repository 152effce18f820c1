"""The routes of the API's description: for programs, and for people."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.api import BASE_PATH
from chalicelib.api.bodies.description import StartReply
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import Success, endpoint
from chalicelib.api.http.parsing import Nothing
from chalicelib.api.http.responses import Reply, redirect

routes = Blueprint(__name__)

HTML = "text/html; charset=utf-8"
JSON = Success(200, "The description, in OpenAPI 3.1.", ("application/json",))
ELSEWHERE = Success(302, "For a browser: the page is at `Location`.", (), ("Location",))
PAGE = Success(200, "The same as a page.", (HTML,), ("Content-Security-Policy",))


@routes.route("/", methods=["GET"], content_types=[])
@endpoint(None, Nothing(), gives=(ELSEWHERE,))
def get_start(call: Call, _asked: None) -> StartReply | Response:
    """Say where to begin; a browser is sent to the page that describes the API."""
    base = f"{call.base_url()}{BASE_PATH}"
    if "text/html" in call.accept:
        return redirect(f"{base}/docs", 302)
    return StartReply("Nebula", f"{base}/docs", f"{base}/openapi.json", f"{base}/health")


@routes.route("/openapi.json", methods=["GET"], content_types=[])
@endpoint(None, Nothing(), gives=(JSON,))
def get_openapi(call: Call, _asked: None) -> Reply:
    """Describe the API to programs."""
    return Reply(_document(call.base_url()), "application/json", "openapi.json")


@routes.route("/docs", methods=["GET"], content_types=[])
@endpoint(None, Nothing(), gives=(PAGE,))
def get_docs(call: Call, _asked: None) -> Reply:
    """Describe the API to people."""
    from chalicelib.api.openapi.page import CONTENT_SECURITY_POLICY, render

    page = render(msgspec.json.decode(_document(call.base_url())))
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return Reply(page.encode(), HTML, "docs.html", headers=headers)


@lru_cache(maxsize=8)
def _document(base_url: str) -> bytes:
    """Made at the first request for it, not when a container starts."""
    from chalicelib.api.openapi.describe import describe

    return msgspec.json.encode(describe(routes.current_app.routes, base_url))
