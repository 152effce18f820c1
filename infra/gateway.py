"""The gateway's routes beyond those that Chalice writes: every path and every method reaches the app.

REST APIs answer a method that no route has, HEAD included, and a path of no route by themselves: to a
request with `Authorization` in words of request signing. The app says what is wrong, as on the laptop.
"""

from __future__ import annotations

from typing import Any

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
REST_OF_ALL_PATHS = "/{proxy+}"
Json = dict[str, Any]


def with_every_path_and_method(body: Json) -> Json:
    """An API's definition in which all that no route names goes where the routes go.

    Chalice's own preflights are left out, since a fixed answer cannot tell of several origins which
    one asks.
    """
    paths = {path: _with_any_method(methods) for path, methods in body["paths"].items()}
    integration = next(iter(paths.values()))[ANY][INTEGRATION]
    rest = {"name": "proxy", "in": "path", "required": True, "type": "string"}
    paths.setdefault("/", {ANY: _any_method(integration, [])})
    paths[REST_OF_ALL_PATHS] = {ANY: _any_method(integration, [rest])}
    return {**body, "paths": paths}


def _with_any_method(methods: Json) -> Json:
    declared = {name: method for name, method in methods.items() if name != "options"}
    one = next(iter(declared.values()))
    return {**declared, ANY: _any_method(one[INTEGRATION], one.get("parameters", []))}


def _any_method(integration: Json, parameters: list[Json]) -> Json:
    return {INTEGRATION: integration, "parameters": parameters, "responses": {}}
