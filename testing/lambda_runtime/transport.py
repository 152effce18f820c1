"""A `requests` session whose requests to the API's host go to the gateway, all others to the network."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from testing.lambda_runtime.gateway import RestApi
from testing.lambda_runtime.gateway_event import HttpRequest


class GatewayAdapter(HTTPAdapter):
    """Sends to a `RestApi` instead of a socket."""

    def __init__(self, api: RestApi) -> None:
        super().__init__()
        self._api = api

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Have the gateway answer."""
        parts = urlsplit(str(request.url))
        body = request.body
        answer = self._api.answer(
            HttpRequest(
                str(request.method),
                parts.path + (f"?{parts.query}" if parts.query else ""),
                tuple((name, _text(value)) for name, value in request.headers.items()),
                body.encode() if isinstance(body, str) else body,
            )
        )
        raw = HTTPResponse(
            io.BytesIO(answer.body),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            preload_content=False,
            request_method=request.method,
        )
        response: requests.Response = self.build_response(request, raw)
        return response


def session(api: RestApi) -> requests.Session:
    """A session that finds the API at its public URL."""
    made = requests.Session()
    made.mount(api.url, GatewayAdapter(api))
    return made


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
