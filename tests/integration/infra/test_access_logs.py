"""Who read what: recorded in prod, elsewhere on request, without what would let a reader of logs in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.lock import ROOT
from infra.template import Template, completed
from tests.integration.infra.deployed import deployed
from tests.integration.infra.test_template import of_type, properties

SECRET_PARTS = ("path", "requestOverride", "queryString", "querystring", "header", "body", "identity.apiKey")


@pytest.mark.parametrize(
    ("stage", "asked", "logs"),
    [
        ("prod", "", True),
        ("prod", "off", False),
        ("prod", "on", True),
        ("dev", "", False),
        ("dev", "on", True),
        ("dev", "off", False),
    ],
)
def test_reads_are_recorded_in_prod_and_elsewhere_on_request(
    expanded: Template, stage: str, asked: str, logs: bool
) -> None:
    stack = deployed(expanded, Stage=stage, AccessLogs=asked)
    (gateway,) = of_type(stack, "AWS::ApiGateway::Stage").values()
    assert ("AccessLogSetting" in gateway) == logs
    assert bool(of_type(stack, "AWS::CloudTrail::Trail")) == logs
    assert ("ApiAccessLog" in stack["Resources"]) == logs
    assert ("LogBucket" in stack["Resources"]) == logs


@pytest.fixture(scope="module")
def prod(expanded: Template) -> Template:
    """A stage whose access is recorded."""
    return deployed(expanded, Stage="prod", AccessLogDays="365")


def test_the_gateways_log_holds_no_query_and_no_part_of_a_path_that_is_a_secret(prod: Template) -> None:
    (stage,) = of_type(prod, "AWS::ApiGateway::Stage").values()
    line = stage["AccessLogSetting"]["Format"]
    assert "\n" not in line
    assert {"requestID", "from", "resource", "status"} <= set(json.loads(line))
    for variable in re.findall(r"\$context\.([A-Za-z.]+)", line):
        assert not variable.startswith(SECRET_PARTS), variable
    assert "$input" not in line


def test_every_read_of_a_photo_is_recorded_whoever_reads(prod: Template) -> None:
    (trail,) = of_type(prod, "AWS::CloudTrail::Trail").values()
    (selector,) = trail["AdvancedEventSelectors"]
    fields = {it["Field"]: it for it in selector["FieldSelectors"]}
    bucket = properties(prod, "Bucket")["BucketName"]["Fn::Sub"]
    assert fields["eventCategory"]["Equals"] == ["Data"]
    assert fields["resources.type"]["Equals"] == ["AWS::S3::Object"]
    assert fields["readOnly"]["Equals"] == ["true"]
    assert fields["resources.ARN"]["StartsWith"] == [{"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}/"}]
    assert (trail["IsLogging"], trail["EnableLogFileValidation"]) == (True, True)


def test_records_end_and_nobody_but_the_trail_writes_them(prod: Template) -> None:
    days = {"Ref": "AccessLogDays"}
    assert properties(prod, "ApiAccessLog")["RetentionInDays"] == days
    bucket = properties(prod, "LogBucket")
    assert [rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == [days]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    statements = properties(prod, "LogBucketPolicy")["PolicyDocument"]["Statement"]
    trail = properties(prod, "BucketReads")["TrailName"]["Fn::Sub"]
    for statement in statements:
        if statement["Effect"] == "Allow":
            assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
            source = statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
            assert source.endswith(f":trail/{trail}")
    assert {"Bool": {"aws:SecureTransport": "false"}} in [it.get("Condition") for it in statements]


def test_the_logs_of_prod_outlive_the_stack_and_those_of_dev_do_not(built: Path) -> None:
    sam = json.loads((built / "sam.json").read_text())

    def policies(stage: str) -> set[Any]:
        resources = completed(sam, stage)["Resources"].values()
        groups = [it for it in resources if it["Type"] == "AWS::Logs::LogGroup"]
        assert len(groups) >= 4
        return {it.get("DeletionPolicy") for it in groups}

    assert policies("prod") == {"RetainExceptOnCreate"}
    assert policies("dev") == {None}


@pytest.mark.parametrize(
    ("stage", "parameters", "role", "goes_on"),
    [
        ("dev", "", "None", True),
        ("dev", "AccessLogs=on", "None", False),
        ("prod", "TimeZone=UTC", "None", False),
        ("prod", "TimeZone=UTC AccessLogs=off", "None", True),
        ("prod", "", "arn:aws:iam::1:role/x", True),
    ],
)
def test_a_deployment_stops_early_where_api_gateway_may_not_write_logs_yet(
    tmp_path: Path, stage: str, parameters: str, role: str, goes_on: bool
) -> None:
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/sh\necho {role}\n")
    aws.chmod(0o755)
    done = subprocess.run(
        [ROOT / "infra" / "access-logs.sh", stage, parameters],
        env={**os.environ, "AWS": str(aws)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode == 0) == goes_on, done.stderr
    assert ("docs/deploy.md" in done.stderr) != goes_on
