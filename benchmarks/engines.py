"""Engines of a benchmark's own: a mongod and an S3 server on an empty folder, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.engines.mongod import Mongod, uri
from local.engines.seaweedfs import PORT_FLAGS, REGION, SeaweedFS
from local.home import Home
from local.processes.ports import choose_ports
from local.processes.service import running

BUCKET = "nebula"


@contextmanager
def own_engines() -> Iterator[dict[str, str]]:
    """The variables with which a function of `app` reaches them; they end with the block."""
    with tempfile.TemporaryDirectory(prefix="nebula-benchmark-") as folder, ExitStack() as ends:
        home = Home(Path(folder))
        home.prepare()
        secrets = home.secrets()
        ports = choose_ports(home.ports, ["mongod", *PORT_FLAGS])
        mongod = Mongod(home, ports["mongod"])
        seaweedfs = SeaweedFS(home, secrets, ports, BUCKET)
        for service in (mongod, seaweedfs):
            ends.enter_context(running(home, service))
        yield {
            "MONGODB_URI": uri(ports["mongod"], "benchmark"),
            "NEBULA_BUCKET": BUCKET,
            "NEBULA_TOKEN_SECRET": secrets.token_secret,
            "AWS_ENDPOINT_URL_S3": seaweedfs.endpoint,
            "AWS_ACCESS_KEY_ID": secrets.access_key,
            "AWS_SECRET_ACCESS_KEY": secrets.secret_key,
            "AWS_DEFAULT_REGION": REGION,
        }
