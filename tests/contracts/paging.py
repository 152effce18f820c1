"""Reading a listing page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.paging import Cursor, Page, PageRequest

Row = TypeVar("Row")


def through_pages(
    fetch: Callable[[PageRequest], Page[Row]], *, limit: int, sort: str = "", search: str = ""
) -> list[Row]:
    """All rows, page by page; the cursor travels as text, as a client would send it back."""
    rows: list[Row] = []
    cursor: Cursor | None = None
    while True:
        page = fetch(PageRequest(limit=limit, cursor=cursor, sort=sort, search=search))
        assert len(page.rows) <= limit
        rows += page.rows
        if page.next_cursor is None:
            return rows
        assert page.rows, "a page that has a next one is not empty"
        cursor = Cursor.decode(page.next_cursor.encode())
