"""What of the stack moto can carry out (`moto_cloud.py`), and what then holds there."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.parameters import read_parameters
from chalicelib.config import Config
from infra.roles import ACCOUNT, BUCKET, REGION
from infra.template import Template
from tests.integration.infra.moto_cloud import created_stack

PARAMETERS = {"Stage": "dev", "FrontendOrigin": "https://data.example.com"}
URI = "mongodb://db.example.com/nebula"


@pytest.fixture
def stack(expanded: Template, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        for name, value in (("MONGODB_URI", URI), ("NEBULA_TOKEN_SECRET", "k" * 40)):
            boto3.client("ssm").put_parameter(Name=f"/nebula/dev/{name}", Value=value, Type="SecureString")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            created_stack(expanded, PARAMETERS)
        yield


def functions() -> dict[str, Any]:
    """The functions by their name in the template."""
    found = boto3.client("lambda").list_functions()["Functions"]
    return {function["FunctionName"].split("-")[2]: function for function in found}


@pytest.mark.usefixtures("stack")
def test_functions_find_a_whole_configuration_in_their_environment_and_parameter_store() -> None:
    for name, secret in (("APIHandler", "k" * 40), ("Ingest", "")):
        environment = functions()[name]["Environment"]["Variables"]
        read = read_parameters(environment["NEBULA_PARAMETERS"].split(","))
        config = Config.from_env(environment | read)
        assert (config.stage, config.bucket, config.mongodb_uri) == ("dev", BUCKET, URI)
        assert config.tokens.secret == secret
    assert config.ingest_function


@pytest.mark.usefixtures("stack")
def test_the_api_knows_the_ingest_function_that_it_starts_for_retries() -> None:
    api = functions()["APIHandler"]["Environment"]["Variables"]
    assert api["NEBULA_INGEST_FUNCTION"] == functions()["Ingest"]["FunctionName"]


@pytest.mark.usefixtures("stack")
def test_functions_have_the_limits_that_the_settings_give_them() -> None:
    limits = {name: (it["MemorySize"], it["Timeout"]) for name, it in functions().items()}
    assert limits["APIHandler"] == (1024, 29)
    assert limits["Ingest"] == (1769, 120)
    reserved = boto3.client("lambda").get_function_concurrency(
        FunctionName=functions()["Ingest"]["FunctionName"]
    )
    assert reserved["ReservedConcurrentExecutions"] == 10


@pytest.mark.usefixtures("stack")
def test_the_bucket_may_start_ingest_and_nothing_else() -> None:
    client = boto3.client("lambda")
    policy = json.loads(client.get_policy(FunctionName=functions()["Ingest"]["FunctionName"])["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {"AWS:SourceArn": f"arn:aws:s3:::{BUCKET}"}
    assert statement["Condition"]["StringEquals"] == {"AWS:SourceAccount": ACCOUNT}


@pytest.mark.usefixtures("stack")
def test_an_object_under_an_intake_prefix_raises_one_event_and_any_other_none(expanded: Template) -> None:
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    queue = sqs.create_queue(QueueName="in-place-of-ingest")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:in-place-of-ingest"
    wanted = expanded["Resources"]["Bucket"]["Properties"]["NotificationConfiguration"]
    configurations: Any = [
        {
            "QueueArn": arn,
            "Events": [it["Event"]],
            # moto insists on the lower-case spelling that it hands out
            "Filter": {
                "Key": {
                    "FilterRules": [
                        {"Name": rule["Name"].lower(), "Value": rule["Value"]}
                        for rule in it["Filter"]["S3Key"]["Rules"]
                    ]
                }
            },
        }
        for it in wanted["LambdaConfigurations"]
    ]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": configurations}
    )
    keys = ["incoming/1/2/0/a.jpg", "drop/Cards/b.jpg"]
    others = [
        "trove/Cards/a.jpg",
        "persist/1/x",
        "thumbs/1/2.jpg",
        "previews/1/2.jpg",
        "rejected/1/a",
        "exports/1/a",
        "dropped/a",
    ]
    for key in keys + others:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    seen = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            seen += [it["s3"]["object"]["key"] for it in json.loads(message["Body"]).get("Records", ())]
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert sorted(key.replace("%2F", "/") for key in seen) == sorted(keys)
