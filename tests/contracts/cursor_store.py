"""What a `CursorStore` promises."""

from __future__ import annotations

from typing import ClassVar

import pytest

from chalicelib.ports.upkeep import CursorStore

from .nasty_names import NASTY_NAMES


class CursorStoreContract:
    """Subclasses give the fixture `cursors`: a cursor store in which nothing has been put."""

    holds: ClassVar = (CursorStore,)

    def test_a_walk_begins_at_the_beginning(self, cursors: CursorStore) -> None:
        assert cursors.get("drop") == ""

    @pytest.mark.parametrize("name", NASTY_NAMES)
    def test_a_walk_goes_on_where_it_was_left_whatever_the_key(self, cursors: CursorStore, name: str) -> None:
        cursors.put("drop", f"drop/{name}")
        assert cursors.get("drop") == f"drop/{name}"

    def test_a_walk_can_be_sent_back_to_the_beginning(self, cursors: CursorStore) -> None:
        cursors.put("drop", "drop/a")
        cursors.put("drop", "")
        assert cursors.get("drop") == ""

    def test_walks_do_not_know_of_each_other(self, cursors: CursorStore) -> None:
        cursors.put("drop", "drop/a")
        cursors.put("images without their trove object", "1 2")
        assert cursors.get("drop") == "drop/a"
        assert cursors.get("totals") == ""
