"""`make deploy` and what goes with it, run to their ends by the real command line, on moto's AWS."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pymongo.database import Database

from chalicelib.adapters.mongo.indexes import INDEXES
from chalicelib.domain.layout import Layout
from infra.lock import ROOT
from infra.roles import ACCOUNT, BUCKET, REGION, STACK
from tests.integration.infra.moto_cloud import moto_server

ARTEFACTS = f"nebula-artefacts-{ACCOUNT}-{REGION}"
URI, SECRET = "/nebula/dev/MONGODB_URI", "/nebula/dev/NEBULA_TOKEN_SECRET"
BINARIES = Path(sys.executable).parent
Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def cloud(tmp_path: Path) -> Iterator[None]:
    with moto_server(tmp_path):
        yield


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, with this Python's environment taken as complete."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "STAGE=dev", "STAMP=", f"BIN={BINARIES}", f"AWS={BINARIES / 'aws'}", *words],
        cwd=ROOT,
        env=outside,
        capture_output=True,
        text=True,
        timeout=550,
    )


@pytest.fixture
def deploy(built: Path) -> Make:
    """`make deploy` of the package that was built for all tests."""
    return lambda *settings: make("--old-file=package", f"OUT={built}", "deploy", *settings)


def put_secrets(uri: str = "mongodb://db.example.com/nebula") -> None:
    for name, value in ((URI, uri), (SECRET, "k" * 40)):
        boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")


def secrets() -> set[str]:
    return {it["Name"] for it in boto3.client("ssm").describe_parameters()["Parameters"]}


def buckets() -> set[str]:
    return {it["Name"] for it in boto3.client("s3").list_buckets()["Buckets"]}


def the_stack() -> Any:
    return boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]


def parameters() -> dict[str, str]:
    return {it["ParameterKey"]: it["ParameterValue"] for it in the_stack()["Parameters"]}


def code_of_functions() -> list[str]:
    return [it["CodeSha256"] for it in boto3.client("lambda").list_functions()["Functions"]]


def sha256(file: Path) -> str:
    return base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()


def outputs() -> dict[str, str]:
    return {it["OutputKey"]: it["OutputValue"] for it in the_stack()["Outputs"]}


def test_a_deployment_without_the_databases_uri_stops_before_anything_is_built() -> None:
    done = make("deploy", "ORIGIN=https://data.example.com")
    assert done.returncode != 0
    assert f"{URI} not found" in done.stderr
    assert "zipped" not in done.stdout
    assert buckets() == set()


def test_a_deployment_ends_with_the_apis_address_and_the_next_one_changes_only_what_is_given(
    deploy: Make, built: Path
) -> None:
    put_secrets()
    first = deploy("ORIGIN=https://data.example.com")
    assert first.returncode == 0, first.stderr
    assert f"arn:aws:sts::{ACCOUNT}" in first.stdout
    assert outputs()["ApiBaseUrl"] in first.stdout
    assert outputs()["BucketName"] == BUCKET in first.stdout
    assert buckets() == {ARTEFACTS, BUCKET}
    assert code_of_functions() == [sha256(built / "deployment.zip")] * 3

    same = deploy()
    assert (same.returncode, "No changes to deploy" in same.stdout) == (0, True), same.stderr
    assert "make_bucket" not in same.stdout
    assert tags_of_packages() == [{}]
    assert outputs()["ApiBaseUrl"] in same.stdout

    keys = "https://id.example.com/keys?tenant=1&version=2"
    other = deploy("PARAMETERS=TimeZone=Asia/Kolkata PersistUrl=", f"JWKS_URL={keys}")
    assert other.returncode == 0, other.stderr
    assert parameters().items() >= {
        ("TimeZone", "Asia/Kolkata"),
        ("PersistUrl", ""),
        ("TokenJwksUrl", keys),
        ("FrontendOrigin", "https://data.example.com"),
    }


def packages() -> list[str]:
    """The keys of the bucket of packages, templates aside, in the order of their age."""
    kept = boto3.client("s3").list_objects_v2(Bucket=ARTEFACTS)["Contents"]
    in_order = sorted(kept, key=lambda it: it["LastModified"])
    return [it["Key"] for it in in_order if not it["Key"].endswith(".template")]


def tags_of_packages() -> list[dict[str, str]]:
    """Their tags."""
    s3 = boto3.client("s3")
    sets = [s3.get_object_tagging(Bucket=ARTEFACTS, Key=key)["TagSet"] for key in packages()]
    return [{tag["Key"]: tag["Value"] for tag in tags} for tags in sets]


def artefacts(*words: str, aws: Path = BINARIES / "aws") -> subprocess.CompletedProcess[str]:
    """Run the script that looks after the bucket of packages, as `make deploy` does."""
    return subprocess.run(
        [ROOT / "infra" / "artefacts.sh", *words],
        env={**os.environ, "AWS": str(aws)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_packages_come_from_a_bucket_that_takes_no_plain_http_and_forgets_what_no_stack_runs() -> None:
    assert artefacts("ready", ARTEFACTS, ACCOUNT).returncode == 0
    assert artefacts("ready", ARTEFACTS, ACCOUNT).returncode == 0  # as often as one likes

    s3 = boto3.client("s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=ARTEFACTS)["Policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{ARTEFACTS}", f"arn:aws:s3:::{ARTEFACTS}/*"]
    rules = {it["ID"]: it for it in s3.get_bucket_lifecycle_configuration(Bucket=ARTEFACTS)["Rules"]}
    assert rules["superseded"]["Expiration"] == {"Days": 90}
    assert rules["superseded"]["Filter"] == {"Tag": {"Key": "superseded", "Value": "yes"}}
    assert [name for name, it in rules.items() if "Expiration" in it] == ["superseded"]


def test_a_package_expires_once_another_one_has_taken_its_place_and_not_before(
    built: Path, tmp_path: Path
) -> None:
    put_secrets()
    older = tmp_path / "older"
    shutil.copytree(built, older)
    with zipfile.ZipFile(older / "deployment.zip", "a") as archive:
        archive.writestr("older", "")
    for folder, tags in ((older, [{}]), (built, [{"superseded": "yes"}, {}])):
        done = make("--old-file=package", f"OUT={folder}", "deploy", "ORIGIN=https://data.example.com")
        assert done.returncode == 0, done.stderr
        assert tags_of_packages() == tags

    was, now = (f"s3://{ARTEFACTS}/{key}" for key in packages())
    assert artefacts("superseded", now, was).returncode == 0  # back to the older one
    assert tags_of_packages() == [{}, {"superseded": "yes"}]


@pytest.mark.parametrize("answer", ["(403) Forbidden", "(301) Moved Permanently", "(400) Bad Request"])
def test_a_bucket_of_packages_that_is_not_ours_stops_the_deployment(tmp_path: Path, answer: str) -> None:
    called = tmp_path / "called"
    aws = tmp_path / "aws"
    aws.write_text(f'#!/bin/sh\necho "$@" >> {called}\necho "An error occurred {answer}" >&2\nexit 254\n')
    aws.chmod(0o755)
    done = artefacts("ready", ARTEFACTS, ACCOUNT, aws=aws)
    assert done.returncode == 1
    assert ARTEFACTS in done.stderr
    assert answer in done.stderr
    (asked,) = called.read_text().splitlines()  # nothing was made or put
    assert asked == f"s3api head-bucket --bucket {ARTEFACTS} --expected-bucket-owner {ACCOUNT}"


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "ap-south-1"}, "ap-south-1"),
        ({"AWS_DEFAULT_REGION": "ap-south-1"}, "ap-south-1"),
        ({"AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "us-east-1"}, "ap-south-1"),
    ],
)
def test_all_that_is_called_takes_one_region_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], region: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    aws = tmp_path / "aws"
    aws.write_text('#!/bin/sh\necho "region $AWS_REGION $AWS_DEFAULT_REGION"\n')
    aws.chmod(0o755)
    done = make("deploy-check", f"AWS={aws}")
    assert set(done.stdout.splitlines()) == {f"region {region} {region}"}, done.stderr


def test_images_of_an_older_release_get_keys_that_tell_no_url() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    name = "4c" * 32 + ".jpg"
    s3.put_object(Bucket=BUCKET, Key=f"persist/1/{name}", Body=b"old photo")

    done = make("rekey")

    assert done.returncode == 0, done.stderr
    assert "1 files were moved" in done.stdout
    (kept,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert kept["Key"] == Layout().persist_key("1", name)


def test_a_removal_keeps_photos_and_secrets_until_it_is_told_otherwise(deploy: Make) -> None:
    put_secrets()
    assert deploy("ORIGIN=https://data.example.com").returncode == 0
    boto3.client("s3").put_object(Bucket=BUCKET, Key="trove/Cards/a.jpg", Body=b"x")

    assert make("undeploy").returncode == 0
    with pytest.raises(ClientError, match="does not exist"):
        the_stack()
    assert code_of_functions() == []
    assert boto3.client("s3").get_object(Bucket=BUCKET, Key="trove/Cards/a.jpg")["Body"].read() == b"x"
    assert secrets() == {URI, SECRET}

    for _ in range(2):  # as often as one likes
        done = make("undeploy", "CONFIRM=delete-all-photos")
        assert done.returncode == 0, done.stderr
        assert buckets() == {ARTEFACTS}
        assert secrets() == set()


def test_the_indexes_are_made_in_the_database_that_parameter_store_names(
    mongodb_uri: str, database: Database[dict[str, Any]]
) -> None:
    put_secrets(mongodb_uri)
    done = make("indexes")
    assert done.returncode == 0, done.stderr
    made = {
        name: set(database[name].index_information()) - {"_id_"} for name in database.list_collection_names()
    }
    assert made == {name: {index.document["name"] for index in indexes} for name, indexes in INDEXES.items()}
