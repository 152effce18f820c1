"""The infrastructure, read from the template as CloudFormation carries it out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.layout import Layout
from chalicelib.services.intake.claim import LEASE_SECONDS
from infra import template
from infra.runtime import LAMBDA_RUNTIME
from infra.template import Template
from tests.integration.infra.deployed import deployed

SECRETS = ("MONGODB_URI", "NEBULA_TOKEN_SECRET")


def of_type(expanded: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: it["Properties"] for name, it in expanded["Resources"].items() if it["Type"] == kind}


def properties(expanded: Template, name: str) -> dict[str, Any]:
    found: dict[str, Any] = expanded["Resources"][name]["Properties"]
    return found


def test_the_linter_finds_nothing_in_any_region(built: Path) -> None:
    assert template.lint(built / "expanded.json") == ""


def test_the_linter_would_find_a_reference_to_what_is_not_there(expanded: Template, tmp_path: Path) -> None:
    broken = copy.deepcopy(expanded)
    broken["Resources"]["IngestDropped"]["Properties"]["EventSourceArn"] = {
        "Fn::GetAtt": ["NoSuchQueue", "Arn"]
    }
    template.write(broken, tmp_path / "broken.json")
    with pytest.raises(SystemExit, match="NoSuchQueue"):
        template.lint(tmp_path / "broken.json")


def test_every_function_runs_on_what_the_package_is_built_for(expanded: Template) -> None:
    runtimes = {it["Runtime"] for it in of_type(expanded, "AWS::Lambda::Function").values()}
    assert runtimes == {LAMBDA_RUNTIME}


LANES = {"IncomingQueue": Layout().incoming, "DropQueue": Layout().drop}


def test_what_comes_in_goes_into_the_queue_of_its_prefix_and_nothing_else_goes_anywhere(
    expanded: Template,
) -> None:
    configuration = properties(expanded, "Bucket")["NotificationConfiguration"]
    assert set(configuration) == {"QueueConfigurations"}
    prefixes = {
        it["Queue"]["Fn::GetAtt"][0]: [
            rule["Value"] for rule in it["Filter"]["S3Key"]["Rules"] if rule["Name"] == "prefix"
        ]
        for it in configuration["QueueConfigurations"]
    }
    assert prefixes == {queue: [prefix] for queue, prefix in LANES.items()}
    assert all(it["Event"] == "s3:ObjectCreated:*" for it in configuration["QueueConfigurations"])


def test_only_this_bucket_of_this_account_may_send_and_it_may_before_it_is_made(expanded: Template) -> None:
    policy = properties(expanded, "BucketMaySend")
    assert policy["Queues"] == [{"Ref": queue} for queue in LANES]
    allow, deny = policy["PolicyDocument"]["Statement"]
    bucket = properties(expanded, "Bucket")["BucketName"]["Fn::Sub"]
    assert (allow["Principal"], allow["Action"]) == ({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}"}},
    }
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    # S3 tries the queue when it is told of it.
    assert expanded["Resources"]["Bucket"]["DependsOn"] == "BucketMaySend"


def test_a_queue_that_s3_sends_to_is_not_under_a_key_that_s3_may_not_use(expanded: Template) -> None:
    for queue in of_type(expanded, "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue


def mappings(expanded: Template) -> dict[str, dict[str, Any]]:
    """The event source mappings by their queue."""
    found = of_type(expanded, "AWS::Lambda::EventSourceMapping").values()
    return {it["EventSourceArn"]["Fn::GetAtt"][0]: it for it in found}


def test_each_queue_starts_ingest_a_photo_at_a_time_and_is_told_what_failed(expanded: Template) -> None:
    assert set(mappings(expanded)) == set(LANES)
    for mapping in mappings(expanded).values():
        assert mapping["FunctionName"] == {"Ref": "Ingest"}
        assert mapping["BatchSize"] == 1
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("is_prod", [0, 1], ids=["dev", "prod"])
def test_the_lanes_share_the_whole_reservation_so_that_neither_is_throttled_for_the_other(
    expanded: Template, is_prod: int
) -> None:
    shares = [
        mapping["ScalingConfig"]["MaximumConcurrency"]["Fn::If"][2 - is_prod]
        for mapping in mappings(expanded).values()
    ]
    config = json.loads((template.PARTS.parents[1] / ".chalice" / "config.json").read_text())
    settings = config["stages"][["dev", "prod"][is_prod]]["lambda_functions"]["ingest"]
    assert sum(shares) == settings["reserved_concurrency"]
    assert min(shares) >= 2  # the least that SQS's mappings take


def test_a_message_comes_again_for_hours_then_waits_where_it_alarms_and_the_sweep_finds_it(
    expanded: Template,
) -> None:
    timeout = properties(expanded, "Ingest")["Timeout"]
    for queue in LANES:
        lane = properties(expanded, queue)
        assert lane["VisibilityTimeout"] >= 6 * timeout
        assert lane["VisibilityTimeout"] > LEASE_SECONDS, "a dead attempt's lease is over when it comes again"
        assert lane["MessageRetentionPeriod"] == 14 * 24 * 3600
        redrive = lane["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["FailedEvents", "Arn"]}
        assert redrive["maxReceiveCount"] * lane["VisibilityTimeout"] >= 6 * 3600
    assert properties(expanded, "FailedEvents")["MessageRetentionPeriod"] == 14 * 24 * 3600
    alarm = properties(expanded, "EventsFailedForGood")
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["FailedEvents", "QueueName"]}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    environment = properties(expanded, "Sweep")["Environment"]["Variables"]
    assert environment["NEBULA_FAILED_EVENTS"] == {"Ref": "FailedEvents"}


def test_a_lane_that_falls_behind_alarms(expanded: Template) -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(expanded, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    }
    assert watched == set(LANES)


def test_the_sweeps_own_events_go_nowhere_and_wait_as_long_as_they_may(expanded: Template) -> None:
    (own,) = of_type(expanded, "AWS::Lambda::EventInvokeConfig").values()
    assert own["FunctionName"] == {"Ref": "Sweep"}
    assert not own.get("DestinationConfig")
    assert (own["MaximumRetryAttempts"], own["MaximumEventAgeInSeconds"]) == (0, 6 * 3600)


def test_a_functions_containers_hold_few_connections_to_mongodb(expanded: Template) -> None:
    held = {
        name: int(it["Environment"]["Variables"]["NEBULA_MONGODB_CONNECTIONS"])
        for name, it in of_type(expanded, "AWS::Lambda::Function").items()
    }
    assert held == {"APIHandler": 8, "Ingest": 8, "Sweep": 16}


def test_the_sweep_runs_every_ten_minutes_and_looks_at_everything_every_night(expanded: Template) -> None:
    rules = of_type(expanded, "AWS::Events::Rule")
    targets = {rule["ScheduleExpression"]: rule["Targets"][0] for rule in rules.values()}
    assert set(targets) == {"rate(10 minutes)", "cron(30 2 * * ? *)"}
    assert all(target["Arn"] == {"Fn::GetAtt": ["Sweep", "Arn"]} for target in targets.values())
    assert json.loads(targets["cron(30 2 * * ? *)"]["Input"]) == {"detail": {"deep": True}}
    assert properties(expanded, "Sweep")["ReservedConcurrentExecutions"] == 1


def test_every_alarm_reaches_somebody_and_says_what_it_means(expanded: Template) -> None:
    alarms = of_type(expanded, "AWS::CloudWatch::Alarm")
    assert len(alarms) >= 7
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
        assert alarm["AlarmDescription"]


def test_no_topic_that_alarms_use_has_a_key_that_cloudwatch_may_not_use(expanded: Template) -> None:
    topics = of_type(expanded, "AWS::SNS::Topic")
    told = {action["Ref"] for alarm in of_type(expanded, "AWS::CloudWatch::Alarm").values()
            for actions in ("AlarmActions", "OKActions") for action in alarm.get(actions, [])}  # fmt: skip
    assert told
    assert [name for name in told if "alias/aws/" in str(topics[name].get("KmsMasterKeyId", ""))] == []


def test_every_alarm_and_function_is_in_the_runbook(expanded: Template) -> None:
    runbook = (template.PARTS.parents[1] / "docs" / "runbook.md").read_text()
    missing = [name for name in of_type(expanded, "AWS::CloudWatch::Alarm") if f"`{name}`" not in runbook]
    assert missing == []


def test_the_bucket_is_encrypted_private_and_only_reached_over_tls(expanded: Template) -> None:
    bucket = properties(expanded, "Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    statements = properties(deployed(expanded), "BucketPolicy")["PolicyDocument"]["Statement"]
    assert all(statement["Effect"] == "Deny" for statement in statements)
    assert {"Bool": {"aws:SecureTransport": "false"}} in [it["Condition"] for it in statements]
    assert {"NumericLessThan": {"s3:TlsVersion": "1.2"}} in [it["Condition"] for it in statements]


def test_nobody_can_put_what_the_functions_could_not_read_or_tell_apart(expanded: Template) -> None:
    statements = properties(expanded, "BucketPolicy")["PolicyDocument"]["Statement"]
    denied = {it["Sid"]: it for it in statements if it.get("Action") == "s3:PutObject"}
    assert denied["NoKeysOfClients"]["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}
    }
    assert denied["OnlyEncryptionThatKeepsETags"]["Condition"]["StringNotEquals"] == {
        "s3:x-amz-server-side-encryption": "AES256"
    }


def test_the_bucket_outlives_its_stack_unless_the_deployment_that_made_it_failed(expanded: Template) -> None:
    bucket = expanded["Resources"]["Bucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_each_prefix_lives_as_long_as_the_design_says(expanded: Template) -> None:
    rules = properties(expanded, "Bucket")["LifecycleConfiguration"]["Rules"]
    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert days == {"incoming/": 7, "drop/": 30, "rejected/": 30, "exports/": 1}
    assert all(rule["Status"] == "Enabled" for rule in rules)
    assert [rule["AbortIncompleteMultipartUpload"] for rule in rules if "Prefix" not in rule] == [
        {"DaysAfterInitiation": 7}
    ]


def test_no_secret_stands_in_the_template(built: Path, expanded: Template) -> None:
    for function in of_type(expanded, "AWS::Lambda::Function").values():
        assert not set(SECRETS) & set(function["Environment"]["Variables"])
    words = ("Secret", "Password", "Mongo")
    assert not [name for name in expanded["Parameters"] if any(word in name for word in words)]


def test_every_function_has_a_role_of_its_own_and_a_log_that_ends(expanded: Template) -> None:
    functions = of_type(expanded, "AWS::Lambda::Function")
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert len(set(roles)) == len(functions)
    logs = {
        group["LogGroupName"]["Fn::Sub"]: group["RetentionInDays"]
        for group in of_type(deployed(expanded, Stage="dev"), "AWS::Logs::LogGroup").values()
    }
    assert set(logs) == {f"/aws/lambda/${{{name}}}" for name in functions}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_all_containers_together_stay_within_the_connections_of_the_smallest_cluster(
    stage: str, expanded: Template
) -> None:
    functions = of_type(expanded, "AWS::Lambda::Function")
    reserved = json.loads((template.PARTS.parents[1] / ".chalice" / "config.json").read_text())
    names = {"APIHandler": "api_handler", "Ingest": "ingest", "Sweep": "sweep"}
    settings = reserved["stages"][stage]["lambda_functions"]
    most = {
        name: settings[names[name]]["reserved_concurrency"]
        * int(functions[name]["Environment"]["Variables"]["NEBULA_MONGODB_CONNECTIONS"])
        for name in names
    }
    assert sum(most.values()) <= 1500


def test_the_dashboard_shows_the_metrics_that_the_code_writes(expanded: Template) -> None:
    body = properties(expanded, "Dashboard")["DashboardBody"]["Fn::Sub"]
    assert json.loads(body)["widgets"]
    written = (Path(template.__file__).parents[1] / "chalicelib" / "metrics.py").read_text()
    for name in ("IngestTime", "EventAge", "RejectedBy", "Retries", "Faults", "UnexpectedFailures"):
        assert f'"{name}"' in written
        assert name in body
