"""The persist service over HTTP, and the files behind it, are as their ports promise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from chalicelib.adapters.persist.files import PersistedFileReader
from chalicelib.adapters.persist.http import HttpPersist
from chalicelib.adapters.persist.http_downloads import HttpDownloads
from chalicelib.domain.layout import Layout
from testing.persist_server.server import PersistServer, persist_server
from tests.contracts.object_urls import Fetch, ServedFile
from tests.contracts.persist_service import PersistServiceContract, persist_request
from tests.contracts.persisted_files import KeepFile, LoseFile, PersistedFilesContract
from tests.fakes.object_store import InMemoryBucket


@pytest.fixture
def server() -> Iterator[PersistServer]:
    with persist_server() as server:
        yield server


class TestHttpPersist(PersistServiceContract):
    @pytest.fixture
    def persist(self, server: PersistServer) -> HttpPersist:
        return HttpPersist(server.url)

    @pytest.fixture
    def fetch(self) -> Fetch:
        def fetch(url: str) -> ServedFile:
            reply = requests.get(url, timeout=10)
            return ServedFile(reply.content, {name.lower(): text for name, text in reply.headers.items()})

        return fetch


class TestFilesOverHttp(PersistedFilesContract):
    @pytest.fixture
    def files(self) -> PersistedFileReader:
        return PersistedFileReader(InMemoryBucket(), Layout(), HttpDownloads())

    @pytest.fixture
    def keep_file(self, server: PersistServer) -> KeepFile:
        return lambda body: HttpPersist(server.url).upload(persist_request(body))

    @pytest.fixture
    def lose_file(self, server: PersistServer) -> LoseFile:
        return lambda persisted: server.lose(persisted.url)
