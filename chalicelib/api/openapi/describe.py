"""The API's description in OpenAPI 3.1, made from the routes' own declarations.

There is no second copy of anything: a request's schema is that of the type which validates it, a
reply's that of the type which is encoded, an error's body is made by the function that answers
with it, and the words are the docstrings'.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from chalice.app import RouteEntry

from chalicelib.api.bodies.shared import ErrorReply
from chalicelib.api.http.endpoint import Operation, operation_of
from chalicelib.api.openapi.replies import HEADERS, reply_type, responses
from chalicelib.api.openapi.requests import (
    body_type,
    for_generators,
    parameters,
    request_body,
    with_one_name_each,
)
from chalicelib.domain.rejection import RejectionKind
from chalicelib.version import VERSION

Json = dict[str, Any]
Routes = Mapping[str, Mapping[str, RouteEntry]]
_ABOUT = """Image datasets: photos go in by forms, presigned uploads or the drop folder, and come out
with their facts, hashes and URLs.

A token goes into the header `Authorization`, with or without `Bearer` before it. On a laptop `make run`
prints one, and `make token` more; elsewhere the identity provider that Nebula was deployed with issues
them. Roles are cumulative: an editor may what a viewer may, an admin what an editor may.

Every error has the one shape `ErrorReply`; the keys that Nebula adds to the published page are marked
"Added". Query parameters and body keys that a route does not know are ignored on the six published
routes (list, details, download, create, update, delete) and on the download of a file; on all others
they are a 400 that names them.

Where GET is answered, HEAD is too, without the body; every answer can be read by pages of the
frontend's origins."""
_INFO = {
    "title": "Nebula",
    "version": VERSION,
    "description": _ABOUT,
    "contact": {"name": "The maintainers of Nebula"},
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
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
    paths: Json = {}
    taken: set[str] = set()
    for path, method, operation in operations:
        paths.setdefault(path, {})[method.lower()] = _operation(operation, path, taken)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": base_url or "/"}],
        "tags": _tags(routes),
        "paths": paths,
        "components": {
            "schemas": _schemas([operation for _, _, operation in operations]),
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
    types = {*read, *(reply_type(operation) for operation in operations), ErrorReply} - {None}
    in_order = sorted((kind for kind in types if kind is not None), key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(in_order, ref_template="#/components/schemas/{name}")
    components = {name: for_generators(schema) for name, schema in sorted(components.items())}
    for kind in in_order:
        components[kind.__name__] = with_one_name_each(components[kind.__name__], kind)
    components[RejectionKind.__name__]["description"] = _REJECTION_KINDS
    for schema in components.values():
        if "description" in schema:  # before Python 3.13 a docstring keeps the indentation of its lines
            schema["description"] = inspect.cleandoc(schema["description"])
    return components


def _tags(routes: Routes) -> list[Json]:
    """The groups of routes as the app registers them, in the words of their modules."""
    modules = dict.fromkeys(
        operation_of(entry.view_function).route.__module__
        for methods in routes.values()
        for entry in methods.values()
    )
    return [{"name": _tag(name), "description": _first_line(sys.modules[name])} for name in modules]


def _tag(module: str) -> str:
    return module.rpartition(".")[2]


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _operation(operation: Operation, path: str, taken: set[str]) -> Json:
    summary, _, words = (inspect.getdoc(operation.route) or "").partition("\n")
    role = operation.role
    described: Json = {
        "operationId": _unique(operation.route.__name__, taken),
        "summary": summary,
        "description": f"{words.strip()}\n\nRole: {role or 'none needed'}.".strip(),
        "tags": [_tag(operation.route.__module__)],
        "security": [{name: []} for name in _SECURITY_SCHEMES] if role else [],
        "responses": responses(operation, path),
    }
    if found := parameters(operation, path):
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
