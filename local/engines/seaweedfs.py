"""S3 on the laptop: SeaweedFS, one process, every port on loopback.

It tells the ingest worker of each change below the intake prefixes by a webhook, since it does not
support S3's own notification configuration.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.engines.s3_client import ensure_bucket, s3_client
from local.errors import LaptopError
from local.home import Home, Secrets, write_private
from local.processes.ports import LOOPBACK, SHADOWS, is_answering
from local.processes.process import Command
from local.processes.service import Ending

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
PORT_FLAGS = {
    "s3": "s3.port",
    "s3_grpc": "s3.port.grpc",
    "s3_master": "master.port",
    "s3_master_grpc": "master.port.grpc",
    "s3_volume": "volume.port",
    "s3_volume_grpc": "volume.port.grpc",
    "s3_filer": "filer.port",
    "s3_filer_grpc": "filer.port.grpc",
    "s3_admin": "admin.port",
}
"""Every port that it opens; it opens the admin ports even with the admin pages off."""
SOCKETS = {
    "s3": "s3",
    "s3-grpc": "s3_grpc",
    "master-grpc": "s3_master_grpc",
    "volume-grpc": "s3_volume_grpc",
    "filer": "s3_filer",
    "filer-grpc": "s3_filer_grpc",
}
"""The Unix sockets that it makes in `/tmp`, each named after one of its ports."""

MAX_NAME_BYTES = 1024
"""Of one folder or file name. S3 limits only the whole key, to this; the filer's default is 255."""

FILER_TOML = """\
[filer.options]
max_file_name_length = {max_name_bytes}

[leveldb2]
enabled = true
dir = "./index"
"""
SECURITY_TOML = """\
[jwt.filer_signing]
key = "{write_key}"

[jwt.filer_signing.read]
key = "{read_key}"
"""
"""Without keys the filer hands every file to whoever asks, web pages of any origin included."""

NOTIFICATION_TOML = """\
[notification.webhook]
enabled = true
endpoint = "{url}"
bearer_token = "{token}"
path_prefixes = {paths}
timeout_seconds = 5
max_retries = 10
backoff_seconds = 1
max_backoff_seconds = 5
workers = 8
buffer_size = 100000
"""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told of changes (`url`, with `token`), and below which `paths` (`/buckets/<bucket>/…`)."""

    url: str
    token: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeaweedFS:
    """The SeaweedFS of a home. `ports` has one for each name in `PORT_FLAGS`."""

    home: Home
    secrets: Secrets
    ports: dict[str, int]
    bucket: str
    webhook: Webhook | None = None
    name: str = "seaweedfs"
    end_seconds: float = 5
    """It ends within two; now and then its filer waits for its own volumes, which are gone. What was
    written is whole also when it is killed."""

    @property
    def endpoint(self) -> str:
        """The URL that S3 clients use."""
        return endpoint(self.ports["s3"])

    @property
    def _admin_grpc_port(self) -> int:
        return self.ports["s3_admin"] + SHADOWS["s3_admin"]

    def command(self) -> Command:
        """Write its configuration and say how to start it.

        Raises:
            LaptopError: there is no SeaweedFS for this machine.
        """
        self._write_configuration()
        argv = (
            str(find_weed()),
            "-logtostderr=true",
            "mini",
            f"-dir={self.home.s3 / 'data'}",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            *(f"-{flag}={self.ports[name]}" for name, flag in PORT_FLAGS.items()),
            f"-admin.port.grpc={self._admin_grpc_port}",
            f"-s3.config={self.home.s3 / 's3.json'}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
            "-s3.iam=false",
            "-volume.id=nebula",  # by default its address, which would forget the volumes on another port
            "-volume.preStopSeconds=0",  # nobody else has to notice that it goes
            "-admin.ui=false",
            "-webdav=false",
            "-master.telemetry=false",
            # With its last state the master may take itself for warming up, and let the first
            # writes wait for 15 seconds. All that it has to know it hears from the volumes.
            "-master.resumeState=false",
        )
        environment = {"PATH": os.defpath, "HOME": str(self.home.s3)}
        return Command(argv, environment, self.home.s3)

    def _write_configuration(self) -> None:
        data = self.home.s3 / "data"
        data.mkdir(exist_ok=True)
        (data / "mini.options").unlink(missing_ok=True)  # last start's flags, which it would read again
        self.clean_up()
        identity = {
            "name": "laptop",
            "credentials": [{"accessKey": self.secrets.access_key, "secretKey": self.secrets.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        write_private(self.home.s3 / "s3.json", json.dumps({"identities": [identity]}))
        write_private(self.home.s3 / "filer.toml", FILER_TOML.format(max_name_bytes=MAX_NAME_BYTES))
        write_private(self.home.s3 / "security.toml", self._security())
        notification = ""
        if self.webhook is not None:
            paths = json.dumps(self.webhook.paths)
            notification = NOTIFICATION_TOML.format(
                url=self.webhook.url, token=self.webhook.token, paths=paths
            )
        write_private(self.home.s3 / "notification.toml", notification)

    def _security(self) -> str:
        """Only the S3 server, which checks signatures, may use the filer: it reads the same keys."""
        write_key, read_key = (
            sha256(f"{purpose} {self.secrets.secret_key}".encode()).hexdigest()
            for purpose in ("filer write", "filer read")
        )
        return SECURITY_TOML.format(write_key=write_key, read_key=read_key)

    def clean_up(self) -> None:
        """Remove the sockets that it leaves behind, killed or not."""
        ports = {name: self.ports[port] for name, port in SOCKETS.items()}
        for name, number in {**ports, "admin-grpc": self._admin_grpc_port}.items():
            socket = Path(f"/tmp/seaweedfs-{name}-{number}.sock")  # noqa: S108 - its choice
            socket.unlink(missing_ok=True)

    def client(self, attempts: int = 3) -> S3Client:
        """An S3 client for it."""
        access_key, secret_key = self.secrets.access_key, self.secrets.secret_key
        return s3_client(self.endpoint, access_key, secret_key, REGION, attempts)

    def is_ready(self) -> bool:
        """Whether the bucket can be used; makes it at the first start.

        Raises:
            LaptopError: no bucket can have the configured name.
        """
        if not (is_answering(self.ports["s3"]) and self._knows_its_volumes()):
            return False
        try:
            ensure_bucket(self.client(attempts=1), self.bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 400:
                raise LaptopError(f"The bucket {self.bucket!r} (NEBULA_BUCKET) cannot be: {error}") from error
            return False
        except BotoCoreError:
            return False
        return True

    def _knows_its_volumes(self) -> bool:
        """Whether the master has heard of the volumes; up to five seconds after S3 answers.

        Until then every object there is cannot be read.
        """
        connection = HTTPConnection(LOOPBACK, self.ports["s3_master"], timeout=2)
        try:
            connection.request("GET", "/dir/status")
            topology = json.load(connection.getresponse())["Topology"]
        except (OSError, HTTPException, ValueError, KeyError):
            return False
        finally:
            connection.close()
        return bool(topology.get("DataCenters"))

    def advice(self, ending: Ending) -> str:
        """What a person can do when it does not come up."""
        if "no space left" in ending.last_words.lower():
            cause = f"make room on the disk that holds {self.home.path}"
        else:
            cause = f"read {self.home.log(self.name)}"
        return f"{cause}, or name an S3 server of your own: AWS_ENDPOINT_URL_S3=http://… make run"


def endpoint(port: int) -> str:
    """The URL of a laptop's S3 server."""
    return f"http://{LOOPBACK}:{port}"


def find_weed() -> Path:
    """The SeaweedFS program of the PyPI wheel, else the one on PATH.

    Raises:
        LaptopError: there is neither.
    """
    beside_python = Path(sys.executable).with_name("weed")
    if beside_python.exists():
        return beside_python
    found = shutil.which("weed")
    if found is None:
        raise LaptopError(
            "seaweedfs cannot start: there is no `weed` program beside Python or on PATH.\n"
            "What to do: rm -r .venv and make run again, "
            "or name an S3 server of your own: AWS_ENDPOINT_URL_S3=http://… make run"
        )
    return Path(found)
