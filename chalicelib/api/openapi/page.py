"""The description as a page for people: one static HTML document, nothing fetched from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]
_BETWEEN_BACKTICKS = re.compile("`([^`]+)`")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""No script runs on the page, whatever its text says."""
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace;background:#f5f5f5}pre{padding:.75rem;overflow:auto}
h2{margin-top:2.5rem;border-bottom:1px solid #ddd}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
summary{cursor:pointer}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}
code,pre{background:#222}td,th,h2{border-color:#444}a{color:#8bf}}"""


def render(description: Json) -> str:
    """The page of an OpenAPI description. Every word from it is escaped."""
    info = description["info"]
    title = escape(f"{info['title']} API {info['version']}")
    operations = [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    tags = [tag["name"] for tag in description["tags"]]
    operations.sort(key=lambda operation: tags.index(operation[2]["tags"][0]))
    contents = "".join(
        f'<li><a href="#{escape(o["operationId"])}"><code>{method.upper()} {escape(path)}</code></a> '
        f"{_inline(o['summary'])}</li>"
        for path, method, o in operations
    )
    server = description["servers"][0]["url"].rstrip("/")
    body = "".join(
        piece
        for path, method, o in operations
        for piece in _operation(path, method, o, _curl(f"{server}{path}", method, o))
    )
    types = "".join(
        f'<h3 id="{escape(name)}">{escape(name)}</h3>{_pre(schema)}'
        for name, schema in description["components"]["schemas"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{_prose(info['description'])}"
        '<p>For programs: <a href="openapi.json">openapi.json</a> '
        f"(OpenAPI {escape(description['openapi'])}).</p><ul>{contents}</ul>"
        f"{body}<h2>Types</h2>{types}</body></html>\n"
    )


def _curl(url: str, method: str, operation: Json) -> str:
    """A line to paste that asks for an operation, with the example for its body."""
    words = ["curl -L"]
    if operation["security"]:
        words.append('-H "Authorization: $NEBULA_TOKEN"')
    contents = operation.get("requestBody", {}).get("content", {})
    if "application/json" in contents:
        example = next(iter(contents["application/json"]["examples"].values()))["value"]
        words.append(f"-H \"Content-Type: application/json\" -d '{json.dumps(example)}'")
    elif contents:
        (form,) = contents.values()
        name_field = form["schema"]["required"][0]
        words.append(f'-F "{name_field}=My photos" -F "file=@photo.jpg"')
    elif method != "get":
        words.append(f"-X {method.upper()}")
    return " ".join([*words, f'"{url}"'])


def _operation(path: str, method: str, operation: Json, curl: str) -> Iterator[str]:
    yield f'<h2 id="{escape(operation["operationId"])}"><code>{method.upper()} {escape(path)}</code></h2>'
    yield f"<p><strong>{_inline(operation['summary'])}</strong></p>{_prose(operation['description'])}"
    yield f"<pre>{escape(curl)}</pre>"
    if "parameters" in operation:
        rows = "".join(
            f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
            f"<td>{_inline(p.get('description', ''))}</td><td><code>{_text(p['schema'])}</code></td></tr>"
            for p in operation["parameters"]
        )
        yield f"<table><tr><th>parameter</th><th>in</th><th>meaning</th><th>schema</th></tr>{rows}</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body, <code>{escape(kind)}</code></h3>{_content(content)}"
    yield "<h3>Answers</h3>"
    for status, response in operation["responses"].items():
        yield f"<details><summary><code>{escape(status)}</code> {_inline(response['description'])}</summary>"
        for kind, content in response.get("content", {}).items():
            yield f"<p><code>{escape(kind)}</code></p>{_content(content)}"
        yield "</details>"


def _content(content: Json) -> str:
    reference = content["schema"].get("$ref", "")
    name = escape(reference.rpartition("/")[2])
    shape = f'<p>Type: <a href="#{name}"><code>{name}</code></a></p>' if name else _pre(content["schema"])
    return shape + "".join(_pre(example["value"]) for example in content.get("examples", {}).values())


def _prose(text: str) -> str:
    """Paragraphs, with what stands between backticks as code."""
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n"))


def _inline(text: str) -> str:
    return _BETWEEN_BACKTICKS.sub(r"<code>\1</code>", escape(text))


def _pre(value: object) -> str:
    return f"<pre>{_text(value, indent=2)}</pre>"


def _text(value: object, indent: int | None = None) -> str:
    return escape(json.dumps(value, indent=indent, ensure_ascii=False))
