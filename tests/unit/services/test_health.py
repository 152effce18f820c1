"""Health: who answers, found out quickly and seldom."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Event

import pytest

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import DatasetSummary
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.services.health import CheckHealth, Health
from tests.fakes.ports import InMemoryPorts


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


class Neighbours(InMemoryPorts):
    """Neighbours of which each can be made to fail or to hang."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.fails = False
        self.hang: Event | None = None
        self.page = self.datasets.page
        self.datasets.page = self.answer  # type: ignore[method-assign]

    def answer(self, request: PageRequest) -> Page[DatasetSummary]:
        self.asked += 1
        if self.hang is not None:
            self.hang.wait()
        if self.fails:
            raise TransientFault("MongoDB", "is down")
        return self.page(request)


def check_of(neighbours: Neighbours, pool: Executor, patience: float = 3.0) -> CheckHealth:
    return CheckHealth(
        store=neighbours.store,
        datasets=neighbours.datasets,
        pool=pool,
        layout=Layout(),
        patience_seconds=patience,
    )


def test_all_is_well_when_both_neighbours_answer(pool: Executor) -> None:
    health = check_of(Neighbours(), pool).check()
    assert health == Health(mongodb=True, bucket=True)
    assert health.is_whole


def test_a_neighbour_that_fails_is_told_and_the_other_still_counts(pool: Executor) -> None:
    neighbours = Neighbours()
    neighbours.fails = True
    health = check_of(neighbours, pool).check()
    assert health == Health(mongodb=False, bucket=True)
    assert not health.is_whole


def test_a_neighbour_that_hangs_does_not_hang_the_answer(pool: Executor) -> None:
    neighbours = Neighbours()
    neighbours.hang = Event()
    try:
        assert check_of(neighbours, pool, patience=0.05).check() == Health(mongodb=False, bucket=True)
    finally:
        neighbours.hang.set()


def test_asking_often_asks_the_neighbours_once(pool: Executor) -> None:
    neighbours = Neighbours()
    check = check_of(neighbours, pool)
    for _ in range(50):
        check.check()
    assert neighbours.asked == 1
