"""The API's description in OpenAPI 3.1, made from the routes' own declarations.

There is no second copy of anything: a request's schema is that of the type which validates it, a
reply's that of the type which is encoded, an error's body is made by the function that answers
with it, and the words are the docstrings'.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from chalice.app import RouteEntry

from chalicelib.api.description_replies import HEADERS, reply_type, responses
from chalicelib.api.description_requests import (
    body_type,
    parameter_type,
    parameters,
    request_body,
    with_alternatives,
)
from chalicelib.api.endpoint import Operation, operation_of
from chalicelib.api.replies import ErrorReply
from chalicelib.domain.rejection import RejectionKind
from chalicelib.version import VERSION

Json = dict[str, Any]
Routes = Mapping[str, Mapping[str, RouteEntry]]
_ABOUT = """Image datasets: photos go in by forms, presigned uploads or the drop folder, and come out
with their facts, hashes and URLs. Every error has the one shape `ErrorReply`; the keys that Nebula
adds to the published page are marked "Added". Where GET is answered, HEAD is too, without the body; every
answer can be read by pages of the frontend's origins."""
_REJECTION_KINDS = "Of what kind the reason of a rejection is. More may come.\n\n" + "\n".join(
    f"- `{kind}`: {kind.meaning}" for kind in RejectionKind
)
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "the same token, without `Bearer`",
    },
}


def describe(routes: Routes, base_url: str) -> Json:
    """The description of these routes; `base_url` is where the client reaches them, without a slash."""
    operations = list(_operations(routes))
    schemas = _schemas([operation for _, _, operation in operations])
    paths: Json = {}
    taken: set[str] = set()
    for path, method, operation in operations:
        paths.setdefault(path, {})[method.lower()] = _operation(operation, path, schemas, taken)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nebula", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": base_url or "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": {
                name: {"description": words, "schema": {"type": "string"}} for name, words in HEADERS.items()
            },
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _operations(routes: Routes) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in sorted(routes.items()):
        for method, entry in methods.items():
            yield path, method, operation_of(entry.view_function)


def _schemas(operations: list[Operation]) -> Json:
    """The schemas of every type that is read or answered, and of those that they hold."""
    read = {body_type(operation) for operation in operations}
    read |= {parameter_type(operation) for operation in operations}
    types = {*read, *(reply_type(operation) for operation in operations), ErrorReply} - {None}
    in_order = sorted((kind for kind in types if kind is not None), key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(in_order, ref_template="#/components/schemas/{name}")
    for kind in in_order:
        components[kind.__name__] = with_alternatives(components[kind.__name__], kind)
    components[RejectionKind.__name__]["description"] = _REJECTION_KINDS
    for schema in components.values():
        if "description" in schema:  # before Python 3.13 a docstring keeps the indentation of its lines
            schema["description"] = inspect.cleandoc(schema["description"])
    return dict(sorted(components.items()))


def _operation(operation: Operation, path: str, schemas: Json, taken: set[str]) -> Json:
    summary, _, words = (inspect.getdoc(operation.route) or "").partition("\n")
    role = operation.role
    described: Json = {
        "operationId": _unique(operation.route.__name__, taken),
        "summary": summary,
        "description": f"{words.strip()}\n\nRole: {role or 'none needed'}.".strip(),
        "tags": [operation.route.__module__.rpartition(".")[2]],
        "security": [{name: []} for name in _SECURITY_SCHEMES] if role else [],
        "responses": responses(operation, path),
    }
    if found := parameters(operation, path, schemas):
        described["parameters"] = found
    if body := request_body(operation):
        described["requestBody"] = body
    return described


def _unique(name: str, taken: set[str]) -> str:
    """A route that stands at two paths is two operations."""
    while name in taken:
        name += "_again"
    taken.add(name)
    return name
