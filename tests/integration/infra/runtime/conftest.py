"""The built zip, deployed: a stack on moto, secrets in its Parameter Store, each function in a process
of AWS's runtime, the gateway in front, and the real engines behind."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.config import TokenConfig
from infra.lock import RUNTIME_LOCK
from infra.package import BUILD
from infra.roles import ACCOUNT, REGION, STAGE
from infra.runtime import install
from infra.template import Template
from local.engines.mongod import Mongod, uri
from local.engines.seaweedfs import SeaweedFS
from local.tokens import make_token
from testing.client import Bucket, NebulaClient
from testing.lambda_runtime.gateway import RestApi
from testing.lambda_runtime.moto_process import moto_process
from testing.lambda_runtime.notifications import notifications
from testing.lambda_runtime.process import Function, Installation
from testing.lambda_runtime.template import resolved, settings_of
from testing.lambda_runtime.transport import session
from tests.integration.infra.deployed import deployed as decided
from tests.integration.infra.moto_cloud import created_stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECRET = "0123456789abcdef0123456789abcdef"
ORIGIN = "https://data.example.com"
HOST = f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"
INCOMING_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:incoming"
DROP_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:drop"
CLIENT_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What is deployed, and what it stands on."""

    api: Function
    ingest: Function
    sweep: Function
    gateway: RestApi
    bucket: Bucket
    database: Database[dict[str, Any]]

    def client(self, role: str = "admin") -> NebulaClient:
        """A client of the gateway with a token of this role."""
        token = make_token(TokenConfig(SECRET), role, role)
        return NebulaClient(f"{self.gateway.url}/nebula/backend", token, session(self.gateway))


@pytest.fixture(scope="session")
def installation(function_python: Path, unpacked: Path) -> Installation:
    """The package beside what AWS's runtime brings along, exactly as locked; nothing else."""
    runtime, installed = BUILD / "tests" / "lambda-runtime", BUILD / "tests" / "lambda-runtime.lock"
    if not installed.exists() or installed.read_text() != RUNTIME_LOCK.read_text():
        shutil.rmtree(runtime, ignore_errors=True)
        install(RUNTIME_LOCK, runtime)
        installed.write_text(RUNTIME_LOCK.read_text())
    return Installation(function_python, runtime, unpacked)


@pytest.fixture(scope="package")
def database_uri(mongod: Mongod, mongo_client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A database for all tests of the package."""
    name = f"nebula_package_{uuid4().hex[:12]}"
    yield uri(mongod.port, name)
    mongo_client.drop_database(name)


@pytest.fixture(scope="package")
def cloud(database_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An account that holds the secrets; gives the environment in which clients reach it."""
    with moto_process(tmp_path_factory.mktemp("cloud")) as endpoint:
        for name, value in (("MONGODB_URI", database_uri), ("NEBULA_TOKEN_SECRET", SECRET)):
            client = boto3.client("ssm", endpoint_url=endpoint, region_name=REGION)
            client.put_parameter(Name=f"/nebula/{STAGE}/{name}", Value=value, Type="SecureString")
        yield {"AWS_ENDPOINT_URL": endpoint, **CLIENT_KEYS}


@pytest.fixture(scope="package")
def indexes_said(installation: Installation, cloud: dict[str, str]) -> str:
    """What the package said when it made the database's indexes, as `make indexes` does."""
    code = "from chalicelib.bootstrap import apply_indexes; apply_indexes()"
    given = {"NEBULA_PARAMETERS": f"/nebula/{STAGE}/MONGODB_URI", "NEBULA_BUCKET": "-"}
    done = subprocess.run(
        installation.command("-c", code),
        env={**installation.environment(REGION), **cloud, **given},
        cwd=installation.task,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="package")
def deployed(
    installation: Installation,
    expanded: Template,
    cloud: dict[str, str],
    indexes_said: str,
    database_uri: str,
    mongo_client: MongoClient[dict[str, Any]],
    seaweedfs: SeaweedFS,
    s3_client: S3Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    """The stack of the built template: its functions with the settings that it gives them."""
    logs = tmp_path_factory.mktemp("logs")
    found = created_stack(expanded, {"Stage": STAGE, "FrontendOrigin": ORIGIN}, cloud["AWS_ENDPOINT_URL"])
    environment = {
        **cloud,
        "AWS_ENDPOINT_URL_S3": seaweedfs.endpoint,
        "AWS_ACCESS_KEY_ID": seaweedfs.secrets.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secrets.secret_key,
    }
    functions = {
        it["Handler"]: Function(installation, settings_of(it, REGION, environment), logs / it["Handler"])
        for it in found
    }
    bucket = functions["app.app"].settings.environment["NEBULA_BUCKET"]
    s3_client.create_bucket(Bucket=bucket)
    values = {"FrontendOrigin": ORIGIN, "Stage": STAGE, "AWS::AccountId": ACCOUNT, "AWS::Region": REGION}
    template = decided(expanded, FrontendOrigin=ORIGIN)
    definition = resolved(template["Resources"]["RestAPI"]["Properties"]["Body"], values)
    api, ingest, sweep = (functions[f"app.{name}"] for name in ("app", "ingest", "sweep"))
    try:
        yield Deployed(
            api=api,
            ingest=ingest,
            sweep=sweep,
            gateway=RestApi(definition, HOST, "api", api.invoke_raw),
            bucket=Bucket(s3_client, bucket),
            database=mongo_client[database_uri.rpartition("/")[2].partition("?")[0]],
        )
    finally:
        for function in functions.values():
            function.close()
        for key in Bucket(s3_client, bucket).keys(""):
            s3_client.delete_object(Bucket=bucket, Key=key)
        s3_client.delete_bucket(Bucket=bucket)


@pytest.fixture
def admin(deployed: Deployed) -> NebulaClient:
    """A client that may do all."""
    return deployed.client()


@pytest.fixture
def notified(deployed: Deployed) -> Iterator[None]:
    """The bucket tells ingest of what is put under `incoming/`, by way of its queue."""
    bucket = deployed.bucket
    with notifications(bucket.client, bucket.name, ["incoming/"], INCOMING_QUEUE, deployed.ingest.invoke):
        yield
