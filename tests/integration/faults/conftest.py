"""A whole system in this process, on the real engines, whose every step may be its last."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import cast

import pytest

from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.persist_http import HttpPersist
from chalicelib.bootstrap import Adapters, Ports
from chalicelib.config import Config, TokenConfig
from local.seaweedfs import SeaweedFS
from tests.fakes.crashes import OneLife
from tests.fakes.persist_faults import RemotePersistServer

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
        return EngineWorld(cast(Ports, adapters), adapters._config, OneLife(), executor)

    return make


@pytest.fixture(scope="session")
def persist_server() -> Iterator[RemotePersistServer]:
    """A persist service over HTTP, as a process of its own."""
    command = [sys.executable, "-m", "tests.fakes.persist_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield RemotePersistServer(process.stdout.readline().strip())
        finally:
            process.terminate()


@pytest.fixture
def world_with_persist(adapters: Adapters, persist_server: RemotePersistServer) -> EngineWorld:
    """A world whose persist service is the one over HTTP; it waits half a second for an answer."""
    persist_server.heal()
    adapters.__dict__["persist"] = HttpPersist(persist_server.url, budget_seconds=1.0, read_timeout=0.5)
    return EngineWorld(cast(Ports, adapters), adapters._config, OneLife(), None)
