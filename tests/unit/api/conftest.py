"""The real app and its services over ports in memory, spoken to as a client would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from tests.fakes.logbook import Logbook, reading_the_log

from .backend import Backend
from .speaking import Api


@pytest.fixture
def backend() -> Iterator[Backend]:
    """The services that the routes call."""
    backend = Backend()
    with bootstrap.use(backend.services):
        yield backend


@pytest.fixture
def api(backend: Backend) -> Iterator[Api]:
    """A client of the app."""
    with Client(app) as client:
        yield Api(client)


@pytest.fixture
def logbook() -> Iterator[Logbook]:
    """What the app logs meanwhile."""
    with reading_the_log() as book:
        yield book
