"""A whole system in this process, on the real engines, whose every step may be its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor

import pytest

from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.persist.http import HttpPersist
from chalicelib.bootstrap import Adapters
from chalicelib.config import Config, TokenConfig
from local.engines.seaweedfs import SeaweedFS
from testing.persist_server.faults import RemotePersistServer
from testing.persist_server.process import persist_process
from tests.fakes.crashes import OneLife

from .engines import EngineWorld

MakeWorld = Callable[..., EngineWorld]


@pytest.fixture
def adapters(mongodb_uri: str, bucket: str, aws_environment: SeaweedFS) -> Iterator[Adapters]:
    config = Config("laptop", bucket, mongodb_uri, TokenConfig("0" * 32), wait_seconds=0.05)
    adapters = Adapters(config)
    apply_indexes(adapters.database)
    yield adapters
    adapters.database.client.close()


@pytest.fixture
def make_world(adapters: Adapters, s3_client: object, bucket: str) -> MakeWorld:
    """Makes processes on the same engines, one after the other."""

    def make(executor: Executor | None = None) -> EngineWorld:
        return EngineWorld(adapters, adapters._config, OneLife(), executor)

    return make


@pytest.fixture(scope="session")
def persist_server() -> Iterator[RemotePersistServer]:
    """A persist service over HTTP, as a process of its own."""
    with persist_process() as server:
        yield server


@pytest.fixture
def world_with_persist(adapters: Adapters, persist_server: RemotePersistServer) -> EngineWorld:
    """A world whose persist service is the one over HTTP; it waits half a second for an answer."""
    persist_server.heal()
    adapters.__dict__["persist"] = HttpPersist(persist_server.url, budget_seconds=1.0, read_timeout=0.5)
    return EngineWorld(adapters, adapters._config, OneLife(), None)
