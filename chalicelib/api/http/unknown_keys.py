"""What a request says that its route does not know.

The six published routes and the persist download ignore it, since running frontends may send more
than is read. On the routes that Nebula added it is refused: a filter that is misspelled would look
as if it had been applied.
"""

from __future__ import annotations

import json

import msgspec

from chalicelib.api.http.call import Call
from chalicelib.api.http.errors import UnknownKeys
from chalicelib.api.http.parsing import JsonBody, PathAndQuery, Query


def refuse_unknown_keys(call: Call, takes: object) -> None:
    """Refuse query parameters, and keys of a body that is not read; `takes` is the route's reader.

    Keys of a body that is read are refused by its type.

    Raises:
        UnknownKeys: there are some; the words name all of them, and what is known.
    """
    known = _known_parameters(takes) - set(call.path_parameters())
    unknown = set(call.query_lists()) - known
    if not isinstance(takes, JsonBody):
        unknown |= _keys_of(call.body())
    if unknown:
        raise UnknownKeys(f"unknown: {_list(unknown)}; known: {_list(known)}")


def _known_parameters(takes: object) -> set[str]:
    if not isinstance(takes, Query | PathAndQuery):
        return set()
    return {field.encode_name for field in msgspec.structs.fields(takes.type)}


def _keys_of(body: bytes) -> set[str]:
    """The keys of a body that is a JSON object, which some clients send along, mostly empty."""
    if not body.lstrip().startswith(b"{"):
        return set()
    try:
        return set(json.loads(body))
    except (ValueError, RecursionError):
        return set()


def _list(names: set[str]) -> str:
    return ", ".join(f"`{name[:50]}`" for name in sorted(names)) or "none"
