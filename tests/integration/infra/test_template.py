"""The infrastructure, read from the template as CloudFormation carries it out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.layout import Layout
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
    broken["Resources"]["IngestEventInvokeConfig"]["Properties"]["DestinationConfig"] = {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["NoSuchQueue", "Arn"]}}
    }
    template.write(broken, tmp_path / "broken.json")
    with pytest.raises(SystemExit, match="NoSuchQueue"):
        template.lint(tmp_path / "broken.json")


def test_every_function_runs_on_what_the_package_is_built_for(expanded: Template) -> None:
    runtimes = {it["Runtime"] for it in of_type(expanded, "AWS::Lambda::Function").values()}
    assert runtimes == {LAMBDA_RUNTIME}


def test_only_what_comes_in_starts_ingest(expanded: Template) -> None:
    bucket = properties(expanded, "Bucket")
    configurations = bucket["NotificationConfiguration"]["LambdaConfigurations"]
    prefixes = {
        rule["Value"]
        for configuration in configurations
        for rule in configuration["Filter"]["S3Key"]["Rules"]
        if rule["Name"] == "prefix"
    }
    assert prefixes == set(Layout().intake)
    assert all(it["Function"] == {"Fn::GetAtt": ["Ingest", "Arn"]} for it in configurations)
    assert all(it["Event"] == "s3:ObjectCreated:*" for it in configurations)
    assert set(bucket["NotificationConfiguration"]) == {"LambdaConfigurations"}


def test_only_this_bucket_of_this_account_may_start_ingest(expanded: Template) -> None:
    permission = properties(expanded, "IngestMayBeCalledByBucket")
    assert permission["Principal"] == "s3.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    bucket = properties(expanded, "Bucket")["BucketName"]["Fn::Sub"]
    assert permission["SourceArn"] == {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}"}


def test_an_event_that_fails_for_good_goes_to_a_queue_that_alarms(expanded: Template) -> None:
    (invoke,) = (
        it
        for it in of_type(expanded, "AWS::Lambda::EventInvokeConfig").values()
        if it["FunctionName"] == {"Ref": "Ingest"}
    )
    assert invoke["MaximumRetryAttempts"] == 2
    assert invoke["MaximumEventAgeInSeconds"] == 6 * 3600
    assert invoke["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["FailedEvents", "Arn"]}
    alarm = properties(expanded, "EventsFailedForGood")
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["FailedEvents", "QueueName"]}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert properties(expanded, "FailedEvents")["MessageRetentionPeriod"] == 14 * 24 * 3600


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
