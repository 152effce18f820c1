"""A running stack, as its users have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testing.client import Bucket, NebulaClient
from testing.stack import LaptopStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaptopStack]:
    """The stack that all tests share, running; each makes datasets with names of its own."""
    laptop = LaptopStack(tmp_path_factory.mktemp("stack"))
    try:
        laptop.start()
        yield laptop
    finally:
        laptop.stop()


@pytest.fixture
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaptopStack]:
    """A stack of this test alone, not started yet, that it may restart and kill."""
    laptop = LaptopStack(tmp_path_factory.mktemp("own"))
    try:
        yield laptop
    finally:
        laptop.stop()


@pytest.fixture(scope="session")
def admin(stack: LaptopStack) -> NebulaClient:
    """A client with an admin's token."""
    return NebulaClient(stack.url, stack.token("admin", "admin"))


@pytest.fixture(scope="session")
def bucket(stack: LaptopStack) -> Bucket:
    """The stack's bucket."""
    return Bucket(stack.s3(), stack.variables["NEBULA_BUCKET"])
