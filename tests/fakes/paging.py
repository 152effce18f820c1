"""Sorting, searching and paging of rows in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.paging import Cursor, Page, PageRequest

Row = TypeVar("Row")
SortValue = str | int
DEFAULT_SORT = "uploadDate"


def page_of(
    rows: Iterable[Row],
    request: PageRequest,
    *,
    sorts: Mapping[str, Callable[[Row], SortValue]],
    name: Callable[[Row], str],
    row_id: Callable[[Row], str],
) -> Page[Row]:
    """The page that is asked for; `sorts` gives each sort's value, which with the id is the key.

    Raises:
        InvalidParameters: there is no such sort, or the cursor belongs to another one.
    """
    sort = request.sort_key or DEFAULT_SORT
    if sort not in sorts:
        raise InvalidParameters(f"sort: {sort!r}")
    signed_sort = f"-{sort}" if request.descending else sort

    def key(row: Row) -> tuple[SortValue, str]:
        return (sorts[sort](row), row_id(row))

    found = sorted(
        (row for row in rows if re.search(re.escape(request.search), name(row), re.IGNORECASE)),
        key=key,
        reverse=request.descending,
    )
    if request.cursor is not None:
        behind = _is_behind(request.cursor, signed_sort, request.descending)
        found = [row for row in found if behind(key(row))]
    if request.limit is None or len(found) <= request.limit:
        return Page(found)
    shown = found[: request.limit]
    value, last_id = key(shown[-1])
    return Page(shown, Cursor(signed_sort, value, last_id))


def _is_behind(cursor: Cursor, sort: str, descending: bool) -> Callable[[tuple[SortValue, str]], bool]:
    if cursor.sort != sort:
        raise InvalidParameters(f"cursor: it belongs to the sort {cursor.sort!r}")
    end = (cursor.value, cursor.id)

    def behind(key: tuple[SortValue, str]) -> bool:
        if type(key[0]) is not type(end[0]):
            raise InvalidParameters("cursor: its value is of another type")
        return key < end if descending else key > end

    return behind
