"""The whole stack as a person at a terminal meets it."""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from local.engines.seaweedfs import REGION, SeaweedFS
from local.home import Home
from local.processes.ports import LOOPBACK
from local.sample import write_sample_photo
from testing.client import NebulaClient, eventually
from testing.stack import LaptopStack

POINT_9 = [
    "NEBULA_URL",
    "NEBULA_TOKEN",
    "NEBULA_BUCKET",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "MONGODB_URI",
]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[LaptopStack]:
    stack = LaptopStack(tmp_path)
    yield stack
    stack.stop()


def processes_on(home: Path) -> list[psutil.Process]:
    """Every process that works on a home, this one aside."""
    return [process for process in psutil.process_iter() if _works_on(process, str(home))]


def _works_on(process: psutil.Process, home: str) -> bool:
    try:
        return home in " ".join(process.cmdline()) or process.environ().get("NEBULA_HOME") == home
    except psutil.Error:
        return False


def process_called(home: Path, word: str) -> psutil.Process:
    (found,) = [process for process in processes_on(home) if word in " ".join(process.cmdline())]
    return found


def put(stack: LaptopStack, key: str, body: bytes) -> None:
    stack.s3().put_object(Bucket=stack.variables["NEBULA_BUCKET"], Key=key, Body=body)


def got(stack: LaptopStack, key: str) -> bytes:
    return stack.s3().get_object(Bucket=stack.variables["NEBULA_BUCKET"], Key=key)["Body"].read()


@contextmanager
def things(stack: LaptopStack) -> Iterator[Collection[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](stack.variables["MONGODB_URI"]) as client:
        yield client.get_default_database().things


def test_a_restart_keeps_data_and_addresses_and_an_end_leaves_no_process(laptop: LaptopStack) -> None:
    laptop.start()
    before = laptop.variables
    assert list(before)[:2] == POINT_9[:2]
    assert set(POINT_9) <= set(before)
    assert stat.S_IMODE((laptop.home / "dev.env").stat().st_mode) == 0o600
    put(laptop, "other/kept", b"kept")
    with things(laptop) as collection:
        collection.insert_one({"_id": "kept"})

    laptop.interrupt()
    assert "Everything has ended." in laptop.said
    assert processes_on(laptop.home) == []

    shell_that_read_dev_env = LaptopStack(laptop.home, before)
    try:
        shell_that_read_dev_env.port = laptop.port
        shell_that_read_dev_env.start()
        after = shell_that_read_dev_env.variables
        assert {**after, "NEBULA_TOKEN": ""} == {**before, "NEBULA_TOKEN": ""}
        assert got(laptop, "other/kept") == b"kept"
        with things(laptop) as collection:
            assert collection.find_one() == {"_id": "kept"}
    finally:
        shell_that_read_dev_env.stop()
    assert processes_on(laptop.home) == []


def test_a_second_stack_on_a_home_is_refused_and_a_killed_one_can_be_started_again(
    laptop: LaptopStack,
) -> None:
    laptop.start()
    first = process_called(laptop.home, "local run")
    put(laptop, "other/kept", b"kept")

    second = LaptopStack(laptop.home)
    second.launch()
    assert second.wait_until_it_ended() == 1
    assert f"already, as process {first.pid}." in second.said

    engines = [process_called(laptop.home, "mongod"), process_called(laptop.home, "weed")]
    laptop.kill()
    assert psutil.wait_procs(engines, timeout=20)[1] == []  # what it leaves ends by itself

    laptop.start()
    for process in processes_on(laptop.home):
        process.kill()  # the whole stack, at once
    laptop.wait_until_it_ended()
    laptop.start()
    assert got(laptop, "other/kept") == b"kept"


def test_the_first_requests_may_come_all_at_once(laptop: LaptopStack) -> None:
    laptop.start()
    client = NebulaClient(laptop.url, laptop.token())
    paths = ["/dataset/list", "/dataset/receipts", "/health", "/audit"] * 3
    with ThreadPoolExecutor(len(paths)) as pool:
        replies = list(pool.map(client.get, paths))
    assert [reply.text for reply in replies if reply.status_code != 200] == []


def test_an_engine_that_dies_comes_back(laptop: LaptopStack) -> None:
    laptop.start()
    put(laptop, "other/kept", b"kept")
    for word, name in [("mongod", "mongod"), ("weed", "seaweedfs")]:
        process_called(laptop.home, word).kill()
        laptop.wait_until_it_says(f"{name} ended (killed by SIGKILL).")
        laptop.wait_until_it_says(f"{name} runs again.")
    assert got(laptop, "other/kept") == b"kept"
    with things(laptop) as collection:
        collection.insert_one({})


def test_engines_of_ones_own_take_the_place_of_the_local_ones(
    laptop: LaptopStack, seaweedfs: SeaweedFS, bucket: str, mongodb_uri: str
) -> None:
    named = {
        "MONGODB_URI": mongodb_uri,
        "NEBULA_BUCKET": bucket,
        "AWS_ENDPOINT_URL_S3": seaweedfs.endpoint,
        "AWS_ACCESS_KEY_ID": seaweedfs.secrets.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secrets.secret_key,
        "AWS_DEFAULT_REGION": REGION,
    }
    stack = LaptopStack(laptop.home, named)
    try:
        stack.start()
        assert stack.variables.items() >= named.items()
        running = " ".join(" ".join(process.cmdline()) for process in processes_on(stack.home))
        assert "mongod " not in running
        assert "weed" not in running
        put(stack, "drop/Found by looking/x.jpg", write_sample_photo(Home(stack.home)).read_bytes())
        client = NebulaClient(stack.url, stack.token())
        eventually(client.datasets, lambda found: found.get("Found by looking", {}).get("imagesCount") == 1)
    finally:
        stack.stop()


def test_a_taken_port_is_named_before_anything_starts(laptop: LaptopStack) -> None:
    with socket.create_server((LOOPBACK, laptop.port)):
        laptop.launch()
        assert laptop.wait_until_it_ended() == 1
    assert f"Port {laptop.port} is taken" in laptop.said
    assert f"NEBULA_PORT={laptop.port + 1} make run" in laptop.said


def test_an_engine_that_cannot_start_is_named_and_nothing_stays(laptop: LaptopStack) -> None:
    (laptop.home / "mongo" / "mongod.lock").mkdir(parents=True)
    laptop.launch()
    assert laptop.wait_until_it_ended() == 1
    assert "mongod cannot start: it ended with exit code 100." in laptop.said
    assert "What to do: read" in laptop.said
    assert "Traceback" not in laptop.said
    assert processes_on(laptop.home) == []


def test_settings_that_cannot_work_are_named(laptop: LaptopStack) -> None:
    laptop = LaptopStack(laptop.home, {"NEBULA_TIME_ZONE": "Mars", "NEBULA_TOKEN_SECRET": "short"})
    laptop.launch()
    assert laptop.wait_until_it_ended() == 1
    assert "NEBULA_TIME_ZONE is 'Mars'" in laptop.said
    assert "NEBULA_TOKEN_SECRET is shorter" in laptop.said


def test_ctrl_c_during_the_start_ends_it(laptop: LaptopStack) -> None:
    laptop.launch()
    laptop.wait_until_it_says("Starting Nebula")
    laptop.signal(signal.SIGINT)
    assert laptop.wait_until_it_ended() == 0
    assert processes_on(laptop.home) == []
