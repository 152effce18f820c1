"""A laptop stack of the benchmarks' own, and the clients that drive it from outside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.config import Config
from testing.client import NebulaClient
from testing.stack import LaptopStack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: its API, its bucket, its database, and what it was configured with."""

    api: NebulaClient
    s3: S3Client
    bucket: str
    database: Database[dict[str, Any]]
    config: Config


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Start a stack in an empty home; ends it, and removes the home."""
    with tempfile.TemporaryDirectory(prefix="nebula-benchmark-") as home:
        laptop = LaptopStack(Path(home), {"NEBULA_SWEEP_SECONDS": "86400"})
        try:
            laptop.start()
            variables = laptop.variables
            client: MongoClient[dict[str, Any]]
            with MongoClient(variables["MONGODB_URI"], tz_aware=True) as client:
                yield Stack(
                    NebulaClient(laptop.url, laptop.token()),
                    laptop.s3(CONNECTIONS),
                    variables["NEBULA_BUCKET"],
                    client.get_default_database(),
                    Config.from_env(variables),
                )
        finally:
            laptop.stop()
