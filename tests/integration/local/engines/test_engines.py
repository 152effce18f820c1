"""The engines as the stack starts them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database

from local.engines.mongod import Mongod, uri
from local.engines.seaweedfs import PORT_FLAGS, SeaweedFS
from local.errors import ServiceFailed
from local.home import Home
from local.processes.ports import LOOPBACK
from local.processes.process import Process, end_leftovers
from local.processes.service import start
from testing.ports import draw_ports

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PATIENT = threading.Event()
Documents = MongoClient[dict[str, Any]]


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    return home


def test_mongod_gives_transactions(database: Database[dict[str, Any]]) -> None:
    def write(session: ClientSession) -> None:
        database.things.insert_one({"_id": 1}, session=session)

    with database.client.start_session() as session:
        session.with_transaction(write)
    assert database.things.count_documents({}) == 1


def test_mongod_keeps_its_data_when_it_is_killed_and_starts_on_another_port(home: Home) -> None:
    for round_, port in enumerate(draw_ports(home.ports, ["one", "two", "three"]).values()):
        process = start(home, Mongod(home, port), PATIENT)
        with Documents(uri(port, "test"), serverSelectionTimeoutMS=3000) as client:
            assert client.test.things.count_documents({}) == round_
            client.test.things.insert_one({})
        process.end(seconds=0)


def test_seaweedfs_keeps_its_data_when_it_is_killed_and_starts_on_other_ports(home: Home) -> None:
    for round_ in range(3):
        home.ports.unlink(missing_ok=True)
        service = SeaweedFS(home, home.secrets(), draw_ports(home.ports, PORT_FLAGS), "kept")
        process = start(home, service, PATIENT)
        for old in range(round_):
            body = service.client().get_object(Bucket="kept", Key=f"round/{old}")["Body"].read()
            assert body == b"%d" % old * 1000
        service.client().put_object(Bucket="kept", Key=f"round/{round_}", Body=b"%d" % round_ * 1000)
        process.end(seconds=0)
        service.clean_up()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("trove/" + "%C3%A4" * 83 + "/" + "ä" * 127 + "x", id="longest names"),
        pytest.param("drop/" + "n" * 600 + "/" + "m" * 400, id="longest folder"),
        "drop/100%/a+b c%20d%2Fe.jpg",
        "drop/%2e%2e/passwd",
        "drop/名前/🙂 e\u0301.png",
        "drop/\"quoted\" 'n' <b>&amp;/x..y.jpg",
        "drop/ led by and followed by blanks /x ",
    ],
)
def test_an_object_comes_back_under_the_very_name_it_was_put(
    s3_client: S3Client, bucket: str, key: str
) -> None:
    s3_client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert [entry["Key"] for entry in s3_client.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert s3_client.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()


def test_a_browser_may_use_presigned_uploads(seaweedfs: SeaweedFS, s3_client: S3Client) -> None:
    rule = s3_client.get_bucket_cors(Bucket=seaweedfs.bucket)["CORSRules"][0]
    assert rule["AllowedOrigins"] == ["*"]
    assert {"PUT", "POST"} <= set(rule["AllowedMethods"])


@pytest.mark.parametrize("server", ["s3", "s3_filer"])
def test_no_server_gives_or_takes_a_file_without_a_signature(
    seaweedfs: SeaweedFS, s3_client: S3Client, bucket: str, server: str
) -> None:
    s3_client.put_object(Bucket=bucket, Key="drop/a/x.jpg", Body=b"a face")
    folders = f"/buckets/{bucket}" if server == "s3_filer" else f"/{bucket}"
    base = f"http://{LOOPBACK}:{seaweedfs.ports[server]}{folders}/drop/a"
    assert requests.get(f"{base}/x.jpg", timeout=5).status_code in (401, 403)
    assert requests.get(f"{base}/", timeout=5).status_code in (401, 403)
    assert requests.put(f"{base}/y.jpg", data=b"y", timeout=5).status_code in (401, 403)
    assert requests.delete(f"{base}/x.jpg", timeout=5).status_code in (401, 403)
    assert [entry["Key"] for entry in s3_client.list_objects_v2(Bucket=bucket)["Contents"]] == [
        "drop/a/x.jpg"
    ]


def test_an_engine_that_cannot_start_says_why_and_what_to_do(home: Home, mongod: Mongod) -> None:
    (home.mongo / "mongod.lock").mkdir()
    with pytest.raises(ServiceFailed) as failure:
        start(home, Mongod(home, draw_ports(home.ports, ["mongod"])["mongod"]), PATIENT)
    message = str(failure.value)
    assert message.startswith("mongod cannot start: it ended with exit code")
    assert "mongod.lock" in message
    assert "What to do: read " in message
    assert "MONGODB_URI=" in message


def test_what_a_killed_stack_left_behind_is_ended_at_the_next_start(home: Home) -> None:
    port = draw_ports(home.ports, ["mongod"])["mongod"]
    process = start(home, Mongod(home, port), PATIENT)
    assert end_leftovers(home) == ["mongod"]
    assert process.exit_code() is not None
    assert end_leftovers(home) == []


def test_a_pid_that_another_program_got_is_left_alone(home: Home) -> None:
    command = Mongod(home, 1).command()
    bystander = Process(home, "bystander", type(command)(("/bin/sleep", "60"), {}, home.path))
    try:
        record = home.pid("bystander").read_text()
        home.pid("bystander").write_text(record.replace("60", "61"))
        assert end_leftovers(home) == []
        assert bystander.exit_code() is None
    finally:
        bystander.terminate()
        bystander.end(seconds=5)
