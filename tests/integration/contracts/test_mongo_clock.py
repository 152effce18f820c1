"""All records bear MongoDB's time, whatever the host's clock shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic, time

import pytest
from pymongo.database import Database

from chalicelib.adapters.mongo.clock import ASKED_AGAIN_SECONDS, MongoClock, _Answer
from chalicelib.adapters.mongo.connection import Document, connect
from chalicelib.domain.errors import TransientFault

CLOSE = timedelta(seconds=1)
SKEWS = [timedelta(seconds=seconds) for seconds in (-3600, -5, 0, 5, 3600)]


class Host:
    """A host whose clock is wrong by `skew`, counts from anywhere, and may sleep."""

    def __init__(self, skew: timedelta = timedelta()) -> None:
        self._skew = skew.total_seconds()
        self._counted = -monotonic()
        self.slept = 0.0

    def seconds(self) -> float:
        return monotonic() + self._counted

    def wall(self) -> float:
        return time() + self._skew + self.slept


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[Document]]:
    database = connect(mongodb_uri)
    yield database
    database.client.close()


def time_of(database: Database[Document]) -> datetime:
    at: datetime = database.client.admin.command("hello")["localTime"]
    return at.astimezone(UTC)


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_hosts_whose_clocks_differ_tell_the_same_time(database: Database[Document], skew: timedelta) -> None:
    host = Host(skew)
    clock = MongoClock(database, seconds=host.seconds, wall=host.wall)
    for _ in range(2):
        assert abs(clock() - time_of(database)) < CLOSE


def test_a_host_that_slept_or_whose_clock_was_set_asks_again(database: Database[Document]) -> None:
    host = Host()
    clock = MongoClock(database, seconds=host.seconds, wall=host.wall)
    clock()
    first = clock._answer
    host.slept = 3600
    assert abs(clock() - time_of(database)) < CLOSE
    assert clock._answer is not first


def test_a_server_that_does_not_answer_stops_no_clock_that_was_set_before() -> None:
    unreachable = connect("mongodb://127.0.0.1:1/nebula?serverSelectionTimeoutMS=50")
    clock = MongoClock(unreachable)
    with pytest.raises(TransientFault):
        clock()
    clock._answer = _Answer(datetime(2024, 5, 17, tzinfo=UTC), monotonic() - 3600, time() - 3600)
    assert clock() - datetime(2024, 5, 17, 1, tzinfo=UTC) < timedelta(minutes=5)
    unreachable.client.close()


def test_between_two_questions_the_host_counts_the_seconds(database: Database[Document]) -> None:
    passed = [0.0]
    clock = MongoClock(database, seconds=lambda: passed[0], wall=lambda: passed[0])
    began = clock()
    passed[0] = ASKED_AGAIN_SECONDS - 1
    assert clock() - began == timedelta(seconds=ASKED_AGAIN_SECONDS - 1)
