"""Hooks of schemathesis: what is valid by its type is given ids and names that exist, or do not yet.

Ids, cursors and names are opaque to a schema: a random one is answered with 400, as the contract
says. What schemathesis makes up to be refused stays as it is. Loaded by `SCHEMATHESIS_HOOKS`.
"""

from __future__ import annotations

import os
import re
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidName
from chalicelib.domain.names import check_dataset_name

LIVE = {name: os.environ[f"LIVE_{name}"] for name in ("datasetID", "datasetName", "uploadID", "file")}
_ID = re.compile("[0-9a-fA-F]{24}")
_numbers = count()

schemathesis.openapi.format("fresh-name", st.builds(lambda: f"fresh {next(_numbers)}"))


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Ask for forms that name a new dataset to create and the live one to update, of few files.

    Forms cannot be changed later, as other bodies are below. Those of 1,000 files are for other
    tests: here they would eat the time.
    """
    for path, methods in raw_schema["paths"].items():
        for operation in methods.values():
            form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
            if form is None:
                continue
            properties = form["schema"]["properties"]
            del properties["Image(s)"]["maxItems"]
            if path.endswith("/create"):
                properties["Dataset Name"] = {"type": "string", "format": "fresh-name"}
            else:
                properties["Dataset name"] = {"type": "string", "enum": [LIVE["datasetName"]]}


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out what is wrong only on paper: a form carries text, and nearly any text names a dataset.

    So a number is a name as well, and so is what has not the format that `before_load_schema` made up.
    """
    mutations = case.meta.phase.data.mutations if case.meta is not None else ()
    return not any(
        "Dataset Name" in mutation.path and not {"type", "format"}.isdisjoint(mutation.keywords)
        for mutation in mutations
    )


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Give a case that should succeed what it needs for that."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{next(_numbers)}~{case.headers['Idempotency-Key'][:200]}"
    if case.media_type == "application/json":
        case.body = _whole(case.body)
    for parameters in (case.path_parameters, case.query, case.body):
        if isinstance(parameters, dict) and case.media_type != "multipart/form-data":
            _make_real(parameters)


def _whole(value: Any) -> Any:
    """Whole numbers written as such: to JSON Schema `1.0` is an integer, to the API it is none."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _make_real(parameters: dict[str, Any]) -> None:
    for key in ("id", "datasetID", "uploadID"):
        if _ID.fullmatch(str(parameters.get(key))):
            parameters[key] = LIVE["uploadID" if key == "uploadID" else "datasetID"]
    if parameters.get("cursor") is not None:
        del parameters["cursor"]
    if isinstance(parameters.get("datasetName"), str):
        parameters["datasetName"] = _valid(parameters["datasetName"])
    if "file_id" in parameters:
        parameters["file_id"], parameters["name"] = LIVE["file"].split("/")


def _valid(name: str) -> str:
    try:
        return check_dataset_name(name[:30])
    except InvalidName:
        return "a name"
