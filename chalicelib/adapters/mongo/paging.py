"""Pages by key: each begins behind the last row of the one before; nothing is ever skipped over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bson import ObjectId
from bson.errors import InvalidId
from pymongo.collection import Collection

from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.paging import Cursor, Page, PageRequest

from .connection import Document, operation

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Sort:
    """A public sort: the field behind it, and whether its values repeat, so that the id decides."""

    field: str
    repeats: bool = False


def find_page(
    collection: Collection[Document],
    query: Document,
    request: PageRequest,
    sorts: Mapping[str, Sort],
    read: Callable[[Document], Row],
    fields: Mapping[str, int] | None = None,
) -> Page[Row]:
    """One page of the documents that match `query`; the first of `sorts` is the default.

    `fields` is what `read` needs of a document, the sorts' fields and `_id` included; None: all.

    Raises:
        InvalidParameters: there is no such sort, or the cursor belongs to another one.
    """
    sort_key = request.sort_key or next(iter(sorts))
    if sort_key not in sorts:
        raise InvalidParameters(f"sort: one of {', '.join(sorts)}, with a leading - for descending")
    sort = sorts[sort_key]
    direction = -1 if request.descending else 1
    query = dict(query)
    if request.search:
        query["name"] = {"$regex": re.escape(request.search), "$options": "i"}
    name = ("-" if request.descending else "") + sort_key
    if request.cursor is not None:
        _begin_behind(query, request.cursor, name, sort, direction)
    order = [(sort.field, direction)] + ([("_id", direction)] if sort.repeats else [])
    with operation():
        found = collection.find(query, fields).sort(order)
        if request.limit is not None:
            found = found.limit(request.limit + 1)
        documents = found.to_list()
    if request.limit is None or len(documents) <= request.limit:
        return Page([read(document) for document in documents])
    documents.pop()
    last = documents[-1]
    cursor = Cursor(name, _to_cursor(last[sort.field]), str(last["_id"]))
    return Page([read(document) for document in documents], cursor)


def _begin_behind(query: Document, cursor: Cursor, name: str, sort: Sort, direction: int) -> None:
    if cursor.sort != name:
        raise InvalidParameters("cursor: belongs to another sort")
    behind = "$gt" if direction == 1 else "$lt"
    value = _from_cursor(cursor.value, sort)
    if not sort.repeats:
        query.setdefault("$and", []).append({sort.field: {behind: value}})
        return
    try:
        last_id = ObjectId(cursor.id)
    except InvalidId as error:
        raise InvalidParameters("cursor: malformed") from error
    # The first condition gives the index its bounds, the second one drops the rows already seen.
    query.setdefault("$and", []).extend(
        [
            {sort.field: {f"{behind}e": value}},
            {"$or": [{sort.field: {behind: value}}, {"_id": {behind: last_id}}]},
        ]
    )


def _to_cursor(value: str | int | datetime) -> str | int:
    return (value - _EPOCH) // _MILLISECOND if isinstance(value, datetime) else value


def _from_cursor(value: str | int, sort: Sort) -> str | int | datetime:
    if not sort.field.endswith("At"):
        return value
    try:
        return _EPOCH + int(value) * _MILLISECOND
    except (ValueError, OverflowError) as error:
        raise InvalidParameters("cursor: malformed") from error
