"""Cursors: opaque to clients, exact to us."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.paging import Cursor, PageRequest

text = st.text(st.characters(exclude_categories=["Cs"]))
values = text | st.integers(min_value=-(2**63), max_value=2**64 - 1)


@given(text, values, text)
@example("-name", "1", "")
@example("fileSize", 5_000_000_000, "0123456789abcdef01234567")
def test_a_cursor_comes_back_as_it_was(sort: str, value: str | int, row_id: str) -> None:
    cursor = Cursor(sort, value, row_id)
    encoded = cursor.encode()
    assert Cursor.decode(encoded) == cursor
    assert type(Cursor.decode(encoded).value) is type(value)
    assert quote_plus(encoded, safe="=") == encoded


@given(st.text() | st.binary().map(lambda data: urlsafe_b64encode(data).decode()))
@example("")
@example("é")
@example("WyJuYW1lIl0=")
@example(urlsafe_b64encode(b'["name",1.5,"id"]').decode())
@example(urlsafe_b64encode(b'["name",{"$gt":""},"id"]').decode())
@example(urlsafe_b64encode(b'["name","a","id"').decode())
@example(urlsafe_b64encode(b'["name","\xff","id"]').decode())
@example(urlsafe_b64encode(b"[" * 100_000).decode())
def test_what_is_no_cursor_of_ours_is_refused(foreign: str) -> None:
    try:
        cursor = Cursor.decode(foreign)
    except InvalidParameters:
        return
    assert Cursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize("body", [b"null", b"[]", b'["name"]', b'["name",null,"id"]', b'["name",1,2]', b"{}"])
def test_a_cursor_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidParameters, match="cursor"):
        Cursor.decode(urlsafe_b64encode(body).decode())


@pytest.mark.parametrize(
    ("sort", "key", "descending"),
    [("", "", False), ("name", "name", False), ("-name", "name", True), ("--name", "-name", True)],
)
def test_a_leading_minus_turns_the_sort_around(sort: str, key: str, descending: bool) -> None:
    request = PageRequest(sort=sort)
    assert (request.sort_key, request.descending) == (key, descending)


def test_without_wishes_everything_is_asked_for() -> None:
    request = PageRequest()
    assert (request.limit, request.cursor, request.search) == (None, None, "")
