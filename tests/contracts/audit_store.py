"""What an `AuditStore` promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from chalicelib.domain.audit import Action, AuditRecord
from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import Cursor, PageRequest
from chalicelib.domain.users import Role
from chalicelib.ports.upkeep import AuditStore

from .nasty_names import NASTY_NAMES
from .rows import NOON

ONE, OTHER = DatasetId("0123456789abcdef01234567"), DatasetId("f" * 24)


def act(minute: int = 0, user: str = "ada", dataset_id: DatasetId = ONE) -> AuditRecord:
    """What `user` did `minute` minutes after noon."""
    at = NOON + timedelta(minutes=minute, milliseconds=7)
    return AuditRecord(at, Action.DETAILS, f"request-{minute}", user, Role.ADMIN, dataset_id)


class AuditStoreContract:
    """Subclasses give the fixture `audit`: an empty store."""

    holds: ClassVar = (AuditStore,)

    def test_a_record_comes_back_field_for_field_with_the_same_digest(self, audit: AuditStore) -> None:
        records = [
            replace(act(), action=Action.DELETE, names=NASTY_NAMES),
            AuditRecord(act(9).at, Action.OPEN, "r", file_id="26936493", address="192.0.2.1"),
        ]
        for record in records:
            audit.add(record)
            [kept] = audit.page(record.dataset_id, record.user, PageRequest(1)).rows
            assert kept == record
            assert kept.digest == record.digest

    def test_the_newest_come_first_whatever_order_they_came_in(self, audit: AuditStore) -> None:
        for minute in (2, 0, 3, 1):
            audit.add(act(minute))
        assert [row.request_id[-1] for row in audit.page(None, None, PageRequest()).rows] == list("3210")

    def test_records_are_found_by_dataset_by_user_and_by_both(self, audit: AuditStore) -> None:
        acts = [act(0), act(1, user="eda"), act(2, dataset_id=OTHER), act(3, "eda", OTHER)]
        for record in acts:
            audit.add(record)
        assert audit.page(ONE, None, PageRequest()).rows == [acts[1], acts[0]]
        assert audit.page(None, "eda", PageRequest()).rows == [acts[3], acts[1]]
        assert audit.page(OTHER, "ada", PageRequest()).rows == [acts[2]]
        assert audit.page(ONE, "nobody", PageRequest()).rows == []

    def test_a_name_is_a_name_and_no_question(self, audit: AuditStore) -> None:
        for name in NASTY_NAMES:
            audit.add(act(user=name))
        for name in NASTY_NAMES:
            assert [row.user for row in audit.page(None, name, PageRequest()).rows] == [name]

    def test_pages_follow_each_other_while_records_come_in(self, audit: AuditStore) -> None:
        for minute in range(7):
            audit.add(act(minute // 2))
        request, seen = PageRequest(3), []
        while True:
            page = audit.page(ONE, None, request)
            seen += page.rows
            audit.add(act(60))
            if page.next_cursor is None:
                break
            request = replace(request, cursor=page.next_cursor)
        assert [row.request_id[-1] for row in seen] == list("3221100")

    def test_a_cursor_of_another_listing_is_refused(self, audit: AuditStore) -> None:
        with pytest.raises(InvalidParameters):
            audit.page(None, None, PageRequest(1, Cursor("name", "a", "0")))
