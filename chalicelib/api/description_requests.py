"""How the description tells what a route reads: from the types that validate it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from chalicelib.api.description_examples import REQUESTS
from chalicelib.api.endpoint import Operation
from chalicelib.api.limits import MAX_FORM_FILES
from chalicelib.api.multipart import NAME_FIELDS, UploadFormBody
from chalicelib.api.parsing import JsonBody, PathAndQuery, PathParameters, Query
from chalicelib.domain.formats import Format

Json = dict[str, Any]
_IN_PATH = re.compile(r"\{(\w+)\}")
_FILES_FIELD = "Image(s)"


def parameter_type(operation: Operation) -> type[msgspec.Struct] | None:
    """What the query and the path are read as."""
    takes = operation.takes
    if isinstance(takes, Query | PathParameters | PathAndQuery):
        read_as: type[msgspec.Struct] = takes.type
        return read_as
    return None


def body_type(operation: Operation) -> type[msgspec.Struct] | None:
    """What a JSON body is read as."""
    takes = operation.takes
    if isinstance(takes, JsonBody):
        read_as: type[msgspec.Struct] = takes.type
        return read_as
    return None


def parameters(operation: Operation, path: str, schemas: Json) -> list[Json]:
    """The path's, the query's and the header's parameters; `schemas` are the components by name."""
    read_as = parameter_type(operation)
    in_path = _IN_PATH.findall(path)
    described = []
    for field in msgspec.structs.fields(read_as) if read_as else ():
        schema = _without_null(schemas[read_as.__name__]["properties"][field.encode_name]) if read_as else {}
        place = "path" if field.encode_name in in_path else "query"
        described.append(
            {
                "name": field.encode_name,
                "in": place,
                "required": place == "path" or field.required,
                **({"description": schema["description"]} if "description" in schema else {}),
                "schema": {key: value for key, value in schema.items() if key != "description"},
            }
        )
    for header in operation.headers:
        schema = {"type": "string", "maxLength": header.max_length}
        described.append(
            {"name": header.name, "in": "header", "description": header.description, "schema": schema}
        )
    return described


def request_body(operation: Operation) -> Json | None:
    """The body that the route reads, if it reads one."""
    read_as = body_type(operation)
    if read_as is not None:
        content = {
            "schema": {"$ref": f"#/components/schemas/{read_as.__name__}"},
            "examples": {"published": {"value": msgspec.to_builtins(_set_fields(REQUESTS[read_as]))}},
        }
        return {"required": True, "content": {"application/json": content}}
    if isinstance(operation.takes, UploadFormBody):
        return {
            "required": True,
            "content": {"multipart/form-data": _upload_form(operation.takes.name_field)},
        }
    return None


def with_alternatives(schema: Json, read_as: type[msgspec.Struct]) -> Json:
    """The schema of a type, with what its `__post_init__` asks for beside the types of its fields."""
    encoded = {field.name: field.encode_name for field in msgspec.structs.fields(read_as)}
    for attribute, keyword in (("at_least_one", "anyOf"), ("exactly_one", "oneOf")):
        names: Sequence[str] = getattr(read_as, attribute, ())
        if names:
            schema = {**schema, keyword: [_given(encoded[name]) for name in names]}
    return schema


def _given(name: str) -> Json:
    """The key is there, and not null."""
    return {"required": [name], "properties": {name: {"type": "string"}}}


def _set_fields(example: msgspec.Struct) -> Json:
    """An example without the keys that it leaves out."""
    given: Json = msgspec.to_builtins(example)
    return {key: value for key, value in given.items() if value is not None}


def _without_null(schema: Json) -> Json:
    """A parameter that is absent is None to us; it cannot be sent as null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else {k: v for k, v in schema.items() if k != "default" or v}


def _upload_form(name_field: str) -> Json:
    """The published keys; further ones are read as `multipart.py` says."""
    others = ", ".join(f"`{name}`" for name in NAME_FIELDS if name != name_field)
    return {
        "schema": {
            "type": "object",
            "properties": {
                name_field: {
                    "type": "string",
                    "minLength": 1,
                    "description": f"can contain spaces and symbols; {others} are understood too",
                },
                _FILES_FIELD: {
                    "type": "array",
                    "description": f"pictures ({', '.join(Format)}); files are read under any key",
                    "minItems": 1,
                    "maxItems": MAX_FORM_FILES,
                    "items": {"type": "string", "format": "binary"},
                },
            },
            "required": [name_field, _FILES_FIELD],
        }
    }
