"""The real engines: started once for all tests, with a fresh database and bucket for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from local.engines.mongod import Mongod, uri
from local.engines.seaweedfs import PORT_FLAGS, REGION, SeaweedFS
from local.home import Home
from local.processes.service import running
from testing.ports import draw_ports

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

START_SECONDS = 240.0
"""Many times what it takes: all engines of all workers start at once, on a machine that may be busy."""


@pytest.fixture(scope="session")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The folder that the tests' engines share."""
    home = Home(tmp_path_factory.mktemp("engines"))
    home.prepare()
    return home


@pytest.fixture(scope="session")
def engine_ports(engine_home: Home) -> dict[str, int]:
    """Their ports."""
    return draw_ports(engine_home.ports, ["mongod", *PORT_FLAGS])


@pytest.fixture(scope="session")
def mongod(engine_home: Home, engine_ports: dict[str, int]) -> Iterator[Mongod]:
    """A running replica set of one mongod."""
    service = Mongod(engine_home, engine_ports["mongod"])
    with running(engine_home, service, START_SECONDS):
        yield service


@pytest.fixture(scope="session")
def seaweedfs(engine_home: Home, engine_ports: dict[str, int]) -> Iterator[SeaweedFS]:
    """A running S3 server that tells nobody of changes."""
    service = SeaweedFS(engine_home, engine_home.secrets(), engine_ports, bucket="nebula")
    with running(engine_home, service, START_SECONDS):
        yield service


@pytest.fixture(scope="session")
def mongo_client(mongod: Mongod) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client of the replica set."""
    with MongoClient[dict[str, Any]](uri(mongod.port, "test"), tz_aware=True) as client:
        yield client


@pytest.fixture
def database(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of this test's own."""
    name = f"nebula_test_{uuid4().hex[:12]}"
    yield mongo_client[name]
    mongo_client.drop_database(name)


@pytest.fixture
def mongodb_uri(mongod: Mongod, database: Database[dict[str, Any]]) -> str:
    """The URI of `database`, as MONGODB_URI names it."""
    return uri(mongod.port, database.name)


@pytest.fixture(scope="session")
def s3_client(seaweedfs: SeaweedFS) -> S3Client:
    """A client of the S3 server that may do all."""
    return seaweedfs.client()


@pytest.fixture
def bucket(s3_client: S3Client) -> Iterator[str]:
    """An empty bucket of this test's own."""
    name = f"nebula-test-{uuid4().hex[:12]}"
    s3_client.create_bucket(Bucket=name)
    yield name
    for page in s3_client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for entry in page.get("Contents", []):
            s3_client.delete_object(Bucket=name, Key=entry["Key"])
    s3_client.delete_bucket(Bucket=name)


@pytest.fixture
def aws_environment(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> SeaweedFS:
    """The environment in which an S3 client made without arguments reaches the S3 server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seaweedfs.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", seaweedfs.secrets.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweedfs.secrets.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return seaweedfs
