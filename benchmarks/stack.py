"""A laptop stack of the benchmarks' own, and the clients that drive it from outside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as ClientConfig
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.config import Config
from tests.e2e.client import NebulaClient
from tests.laptop import LaptopStack

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
                    _s3(variables),
                    variables["NEBULA_BUCKET"],
                    client.get_default_database(),
                    Config.from_env(variables),
                )
        finally:
            laptop.stop()


def _s3(variables: dict[str, str]) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
        config=ClientConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            max_pool_connections=CONNECTIONS,
        ),
    )
