"""API Gateway: the REST API that the built template describes, in front of a function.

It knows the template's resources and methods, its binary types and its gateway responses, and nothing
of the app. `transport` puts it behind a `requests` session.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from testing.lambda_runtime.gateway_event import (
    HttpRequest,
    HttpResponse,
    MalformedReply,
    Place,
    event_of,
    response_of,
)
from testing.lambda_runtime.server import EventTooLarge, FunctionError

BODY_LIMIT = 10 * 1024 * 1024
_ANY = "x-amazon-apigateway-any-method"
_RESPONSES = "x-amazon-apigateway-gateway-responses"
_BINARY = "x-amazon-apigateway-binary-media-types"
_HEADER = "gatewayresponse.header."
Definition = Mapping[str, Any]


class Refused(Exception):
    """The gateway answers by itself, with the response of this type."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Route:
    """A resource, and what the request's path names."""

    resource: str
    parameters: Mapping[str, str]


class RestApi:
    """The API. `definition` is the template's, with nothing left to be resolved."""

    def __init__(
        self, definition: Definition, host: str, stage: str, invoke: Callable[[bytes], bytes]
    ) -> None:
        self.url = f"https://{host}/{stage}"
        self._definition = definition
        self._host = host
        self._stage = stage
        self._invoke = invoke
        self._binary_types: list[str] = definition.get(_BINARY, [])

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request to this API's host."""
        request_id = str(uuid4())
        try:
            event = self._event(request, self._route(request), request_id)
            return self._proxied(request, event, request_id)
        except Refused as refused:
            return self._refusal(refused.kind, request_id)

    def event(self, request: HttpRequest) -> dict[str, Any]:
        """The event that a request becomes.

        Raises:
            Refused: it becomes none.
        """
        return self._event(request, self._route(request), str(uuid4()))

    def _event(self, request: HttpRequest, route: Route, request_id: str) -> dict[str, Any]:
        place = Place(self._host, self._stage, route.resource, route.parameters)
        return event_of(request, place, self._binary_types, request_id)

    def _proxied(self, request: HttpRequest, event: Mapping[str, Any], request_id: str) -> HttpResponse:
        try:
            reply = json.loads(self._invoke(json.dumps(event).encode()))
            return response_of(reply, request.header("accept"), self._binary_types, request_id)
        except EventTooLarge as error:
            raise Refused("REQUEST_TOO_LARGE") from error
        except MalformedReply as error:
            raise Refused("API_CONFIGURATION_ERROR") from error
        except FunctionError as error:
            late = error.kind == "Sandbox.Timedout"
            raise Refused("INTEGRATION_TIMEOUT" if late else "INTEGRATION_FAILURE") from error

    def _route(self, request: HttpRequest) -> Route:
        if len(request.body or b"") > BODY_LIMIT:
            raise Refused("REQUEST_TOO_LARGE")
        path = request.path.removeprefix(f"/{self._stage}")
        if path == request.path:
            raise Refused("ACCESS_DENIED")
        for resource in sorted(self._definition["paths"], key=_how_special):
            found = _pattern(resource).fullmatch(path)
            methods = self._definition["paths"][resource]
            if found and (request.method.lower() in methods or _ANY in methods):
                return Route(resource, found.groupdict())
            if found:
                break
        # Without a method to ask, the header is read as a signature of AWS's, which a token is not.
        unsigned = request.header("authorization") is None
        raise Refused("MISSING_AUTHENTICATION_TOKEN" if unsigned else "INVALID_SIGNATURE")

    def _refusal(self, kind: str, request_id: str) -> HttpResponse:
        """The response that the template sets for the type, else for all others of its class."""
        responses = self._definition[_RESPONSES]
        is_ours = kind in ("API_CONFIGURATION_ERROR", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT")
        told = responses.get(kind) or responses["DEFAULT_5XX" if is_ours else "DEFAULT_4XX"]
        headers = {
            name.removeprefix(_HEADER): str(value).strip("'")
            for name, value in told["responseParameters"].items()
        }
        body = told["responseTemplates"]["application/json"].replace("$context.requestId", request_id)
        listed = (*headers.items(), ("Content-Type", "application/json"), ("x-amzn-ErrorType", kind))
        return HttpResponse(int(told["statusCode"]), listed, body.encode())


def _how_special(resource: str) -> tuple[int, int]:
    """Words go before parameters, and these before a proxy for everything."""
    return resource.count("+}"), resource.count("{")


def _pattern(resource: str) -> re.Pattern[str]:
    escaped = re.escape(resource).replace(r"\{", "{").replace(r"\}", "}").replace(r"\+", "+")
    greedy = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", escaped)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", greedy) + "/?")
