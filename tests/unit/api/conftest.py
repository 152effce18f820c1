"""The real app over fake services, spoken to as a client would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chalice.test import Client

from app import app
from chalicelib import bootstrap
from tests.fakes.logbook import Logbook, reading_the_log
from tests.fakes.services import FakeServices

from .speaking import Api


@pytest.fixture
def services() -> Iterator[FakeServices]:
    """The services that the routes call."""
    fakes = FakeServices()
    with bootstrap.use(fakes.as_services()):
        yield fakes


@pytest.fixture
def api(services: FakeServices) -> Iterator[Api]:
    """A client of the app."""
    with Client(app) as client:
        yield Api(client)


@pytest.fixture
def logbook() -> Iterator[Logbook]:
    """What the app logs meanwhile."""
    with reading_the_log() as book:
        yield book
