"""What a `SessionStore` promises."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest

from chalicelib.domain.errors import UploadNotFound
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.new_receipts import new_upload_id
from chalicelib.domain.uploads import UploadSession
from chalicelib.ports.records import AnnouncedCall, SessionStore

from .nasty_names import NASTY_NAMES
from .rows import NOON, Stores, after
from .threads import at_once


class SessionStoreContract:
    """Subclasses give the fixture `stores`: the stores of an empty database."""

    holds: ClassVar = (SessionStore,)

    def test_an_opened_session_comes_back_field_for_field(self, stores: Stores) -> None:
        sessions = [replace(new_session(), created_by=name) for name in NASTY_NAMES[:5]]
        for session in sessions:
            stores.sessions.open(session)
        assert [stores.sessions.get(session.id) for session in sessions] == sessions

    def test_a_session_nobody_opened_is_not_found(self, stores: Stores) -> None:
        missing = new_upload_id()
        with pytest.raises(UploadNotFound) as refusal:
            stores.sessions.get(missing)
        assert refusal.value.upload == missing
        with pytest.raises(UploadNotFound):
            stores.sessions.take_places(missing, 1)

    def test_places_follow_each_other_in_each_session(self, stores: Stores) -> None:
        one, other = new_session(), new_session()
        stores.sessions.open(one)
        stores.sessions.open(other)
        assert [stores.sessions.take_places(one.id, count) for count in (3, 1, 1_000)] == [0, 3, 4]
        assert stores.sessions.take_places(other.id, 2) == 0
        assert stores.sessions.take_places(one.id, 1) == 1_004

    def test_no_place_is_given_to_two_callers_at_once(self, stores: Stores) -> None:
        session = new_session()
        stores.sessions.open(session)
        firsts = at_once([partial(stores.sessions.take_places, session.id, 5)] * 16)
        assert sorted(first for first in firsts if isinstance(first, int)) == list(range(0, 80, 5))

    def test_a_call_is_remembered_under_every_key(self, stores: Stores) -> None:
        calls = {key: AnnouncedCall(new_upload_id(), n, 7, "ab" * 32) for n, key in enumerate(NASTY_NAMES)}
        assert stores.sessions.recall("same.jpg") is None
        for key, call in calls.items():
            assert stores.sessions.remember(key, call) == call
        assert {key: stores.sessions.recall(key) for key in calls} == calls

    def test_the_first_call_under_a_key_is_the_one_remembered(self, stores: Stores) -> None:
        first, second = (AnnouncedCall(new_upload_id(), n, 1, str(n)) for n in range(2))
        stores.sessions.remember("key", first)
        assert stores.sessions.remember("key", second) == first
        assert stores.sessions.recall("key") == first

    def test_many_remembering_at_once_learn_of_the_same_call(self, stores: Stores) -> None:
        calls = [AnnouncedCall(new_upload_id(), n, 1, str(n)) for n in range(16)]
        answers = at_once([partial(stores.sessions.remember, "key", call) for call in calls])
        assert answers == [stores.sessions.recall("key")] * 16
        assert answers[0] in calls


def new_session() -> UploadSession:
    """A session that nobody has opened."""
    dataset_id = DatasetId("0123456789abcdef01234567")
    return UploadSession(new_upload_id(), dataset_id, "vedant", created_at=NOON, expires_at=after(60))
