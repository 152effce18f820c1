"""How the description tells what a route reads: from the types that validate it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chalicelib.api.http.endpoint import Operation
from chalicelib.api.http.limits import MAX_FORM_FILES
from chalicelib.api.http.multipart import NAME_FIELDS, UploadFormBody
from chalicelib.api.http.parsing import JsonBody, PathAndQuery, PathParameters, Query
from chalicelib.api.openapi.examples import REQUESTS
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


def parameters(operation: Operation, path: str) -> list[Json]:
    """The path's, the query's and the header's parameters."""
    read_as = parameter_type(operation)
    in_path = _IN_PATH.findall(path)
    properties = _properties(read_as) if read_as else {}
    described = []
    for field in msgspec.structs.fields(read_as) if read_as else ():
        schema = _without_null(properties[field.encode_name])
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


def _properties(read_as: type[msgspec.Struct]) -> Json:
    """The schemas of a type's fields by name."""
    _, components = msgspec.json.schema_components([read_as], ref_template="{name}")
    found: Json = for_generators(components[read_as.__name__]["properties"])
    return found


def for_generators(schema: Any) -> Any:
    """A schema as generators of clients need it, at every depth.

    They take a default of null for a key that must be sent, want to be told of what type the words of
    an enumeration are, and show a description that stands at the key, not at one of its types.
    """
    if isinstance(schema, list):
        return [for_generators(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: for_generators(part) for k, part in schema.items() if k != "default" or part is not None}
    if all(isinstance(word, str) for word in kept.get("enum", [None])):
        kept["type"] = "string"
    choices = [choice for choice in kept.get("anyOf", ()) if "description" in choice]
    if len(choices) == 1:
        kept["description"] = choices[0].pop("description")
    return kept


def with_one_name_each(schema: Json, kind: type[msgspec.Struct]) -> Json:
    """The schema of a type that understands two names for one key: the published one is asked for.

    An `anyOf` of the two would be the letter, but generators take its branches for the whole type.
    """
    encoded = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    other_names: dict[str, str] = getattr(kind, "other_names", {})
    properties, required = dict(schema["properties"]), list(schema["required"])
    for other, published in other_names.items():
        del properties[encoded[other]]
        properties[encoded[published]] = _without_null(properties[encoded[published]])
        required.append(encoded[published])
    return {**schema, "properties": properties, "required": required}


def _set_fields(example: msgspec.Struct) -> Json:
    """An example without the keys that it leaves out."""
    given: Json = msgspec.to_builtins(example)
    return {key: value for key, value in given.items() if value is not None}


def _without_null(schema: Json) -> Json:
    """A parameter that is absent is None to us; it cannot be sent as null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **choices[0]}


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
