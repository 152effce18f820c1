"""Health: who answers, found out quickly and seldom."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Event

import pytest

from chalicelib.domain.datasets import DatasetSummary
from chalicelib.domain.layout import Layout
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.ports.records import DatasetStore
from chalicelib.services.health import CheckHealth, Health
from tests.fakes.datasets import InMemoryDatasets
from tests.fakes.ports import InMemoryPorts


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


class HangingDatasets(InMemoryDatasets):
    """A database that does not answer until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = Event()

    def page(self, request: PageRequest) -> Page[DatasetSummary]:
        self.released.wait()
        return super().page(request)


def check_of(
    ports: InMemoryPorts, pool: Executor, patience: float = 3.0, datasets: DatasetStore | None = None
) -> CheckHealth:
    return CheckHealth(
        store=ports.store,
        datasets=datasets or ports.datasets,
        pool=pool,
        layout=Layout(),
        patience_seconds=patience,
    )


def test_all_is_well_when_both_dependencies_answer(pool: Executor) -> None:
    health = check_of(InMemoryPorts(), pool).check()
    assert health == Health(mongodb=True, bucket=True)
    assert health.is_whole


def test_a_dependency_that_fails_is_told_and_the_other_still_counts(pool: Executor) -> None:
    ports = InMemoryPorts()
    ports.datasets.fail_next("page")
    health = check_of(ports, pool).check()
    assert health == Health(mongodb=False, bucket=True)
    assert not health.is_whole


def test_a_dependency_that_hangs_does_not_hang_the_answer(pool: Executor) -> None:
    datasets = HangingDatasets()
    check = check_of(InMemoryPorts(), pool, patience=0.05, datasets=datasets)
    try:
        assert check.check() == Health(mongodb=False, bucket=True)
    finally:
        datasets.released.set()


def test_asking_often_asks_the_dependencies_once(pool: Executor) -> None:
    ports = InMemoryPorts()
    check = check_of(ports, pool)
    for _ in range(50):
        check.check()
    assert ports.faults.calls.count("datasets.page") == 1
