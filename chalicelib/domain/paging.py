"""Paging by key: a page begins behind the last row of the one before, whatever came or went since."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from .errors import InvalidParameters

Row = TypeVar("Row")
MAX_LIMIT = 10_000


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the sort it belongs to, the last row's sort value, and its id."""

    sort: str
    value: str | int
    id: str

    def encode(self) -> str:
        """The opaque text that a reply carries as `nextCursor`."""
        return urlsafe_b64encode(msgspec.json.encode(self)).decode()

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Read a cursor back.

        Raises:
            InvalidParameters: it is not one of ours.
        """
        try:
            return msgspec.json.decode(urlsafe_b64decode(text), type=cls)
        except (ValueError, msgspec.DecodeError) as error:
            raise InvalidParameters("cursor: is none that a reply gave") from error


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows are asked for. Without `limit`: all of them.

    `sort` is a sort's public name, with a leading `-` for descending; `search` is a part of the
    name, in any case.
    """

    limit: int | None = None
    cursor: Cursor | None = None
    sort: str = ""
    search: str = ""

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    @property
    def sort_key(self) -> str:
        """The sort's name without its direction."""
        return self.sort.removeprefix("-")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, and the cursor of the next page if there is one."""

    rows: list[Row]
    next_cursor: Cursor | None = None
