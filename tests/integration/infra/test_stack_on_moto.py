"""What of the stack moto can carry out (`moto_cloud.py`), and what then holds there."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.parameters import read_parameters
from chalicelib.bootstrap import Adapters
from chalicelib.config import Config
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.events.s3 import object_versions
from infra.roles import BUCKET, REGION, STACK
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


@pytest.mark.usefixtures("stack")
def test_functions_have_the_limits_that_the_settings_give_them() -> None:
    limits = {name: (it["MemorySize"], it["Timeout"]) for name, it in functions().items()}
    assert limits["APIHandler"] == (1024, 29)
    assert limits["Ingest"] == (1769, 120)
    reserved = boto3.client("lambda").get_function_concurrency(
        FunctionName=functions()["Ingest"]["FunctionName"]
    )
    assert reserved["ReservedConcurrentExecutions"] == 10


def queue_url(name: str) -> str:
    """The queue of this name in the template."""
    found = boto3.client("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def queue_attribute(name: str, attribute: Literal["QueueArn", "RedrivePolicy"]) -> str:
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=[attribute])
    return found["Attributes"][attribute]


def events_in(name: str) -> list[dict[str, Any]]:
    """The events in a queue, which holds none of them any more."""
    sqs, events = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue_url(name), MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            events.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue_url(name), ReceiptHandle=message["ReceiptHandle"])
    return events


def keys_in(name: str) -> list[str]:
    """The objects that the events in a queue tell of, as the function understands them."""
    return sorted(version.key for event in events_in(name) for version in object_versions(event))


@pytest.mark.usefixtures("stack")
def test_what_no_attempt_settles_moves_into_the_queue_that_alarms() -> None:
    for name in ("IncomingQueue", "DropQueue"):
        redrive = json.loads(queue_attribute(name, "RedrivePolicy"))
        assert redrive["deadLetterTargetArn"] == queue_attribute("FailedEvents", "QueueArn")


@pytest.mark.usefixtures("stack")
def test_an_object_raises_one_event_in_the_queue_of_its_prefix_and_any_other_none(
    expanded: Template,
) -> None:
    s3 = boto3.client("s3")
    wanted = expanded["Resources"]["Bucket"]["Properties"]["NotificationConfiguration"]
    configurations: Any = [
        {
            "QueueArn": queue_attribute(it["Queue"]["Fn::GetAtt"][0], "QueueArn"),
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
        for it in wanted["QueueConfigurations"]
    ]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": configurations}
    )
    tests = [event for name in ("IncomingQueue", "DropQueue") for event in events_in(name)]
    assert [event["Event"] for event in tests] == ["s3:TestEvent"] * 2
    assert [version for event in tests for version in object_versions(event)] == []
    announced = f"incoming/{'0' * 24}/{'1' * 24}/0/a.jpg"
    others = [
        "trove/Cards/a.jpg",
        "persist/1/x",
        "thumbs/1/2.jpg",
        "previews/1/2.jpg",
        "rejected/1/a",
        "exports/1/a",
        "dropped/a",
    ]
    for key in [announced, "drop/Cards/b c.jpg", *others]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    assert keys_in("IncomingQueue") == [announced]
    assert keys_in("DropQueue") == ["drop/Cards/b c.jpg"]


@pytest.mark.usefixtures("stack")
def test_a_retry_on_demand_goes_into_the_lanes_as_s3s_own_events_do() -> None:
    environment = functions()["APIHandler"]["Environment"]["Variables"]
    config = Config.from_env({**environment, "MONGODB_URI": URI})
    at = datetime(2026, 11, 25, 3, 0, 0, 123_000, UTC)
    dropped = [ObjectVersion(ObjectKey(f"drop/a +ü%/{n:02}.jpg"), f"{n}", n, at) for n in range(25)]
    announced = ObjectVersion(ObjectKey("incoming/a/b/0/x.jpg"), "e", 7, at)
    Adapters(config).trigger.trigger([*dropped, announced])
    events = events_in("DropQueue")
    assert len(events) == 25
    told = [version for event in events for version in object_versions(event)]
    assert sorted(told, key=lambda version: version.key) == dropped
    assert keys_in("IncomingQueue") == ["incoming/a/b/0/x.jpg"]


@pytest.mark.usefixtures("stack")
def test_the_sweep_sees_what_waits_in_the_dead_letter_queue() -> None:
    environment = functions()["Sweep"]["Environment"]["Variables"]
    config = Config.from_env({**environment, "MONGODB_URI": URI})
    failed = Adapters(config).failed_events
    assert failed.count() == 0
    boto3.client("sqs").send_message(QueueUrl=config.failed_events, MessageBody="{}")
    assert failed.count() == 1
