"""An AWS that the real command line speaks to: moto's server, and what CloudFormation does that moto lacks.

moto 5.2 expands no SAM template, gives a stack that a change set made no outputs, takes a list that
was given before for a text, and knows `Retain` alone of the policies that keep. It knows no body of
an API, no alarms, no policy of a bucket or queue, no rules, no distribution and no asynchronous
invocation; it would run a function for a queue's messages in Docker; of a bucket it makes the name and
the encryption.
`test_template.py` reads those from the template.
"""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import ThreadedMotoServer

from infra import template
from infra.roles import REGION, STACK
from infra.template import Template

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

BEYOND_MOTO = (
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Stage",
    "AWS::CloudWatch::",
    "AWS::S3::BucketPolicy",
    "AWS::CloudFront::",
    "AWS::CloudTrail::",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Events::",
    "AWS::SQS::QueuePolicy",
)


def within_moto(expanded: Template) -> Template:
    """The template without what moto does not know."""
    known = copy.deepcopy(expanded)
    for name, resource in expanded["Resources"].items():
        # what a condition leaves out of a stack, an update stumbles over
        if resource["Type"].startswith(BEYOND_MOTO) or "Condition" in resource:
            del known["Resources"][name]
    known["Outputs"] = {name: it for name, it in known["Outputs"].items() if "Condition" not in it}
    del known["Resources"]["RestAPI"]["Properties"]["Body"]
    known["Resources"]["Bucket"]["DeletionPolicy"] = "Retain"
    del known["Resources"]["Bucket"]["DependsOn"]
    for parameter in known["Parameters"].values():
        parameter["Type"] = "String"
    return known


def created_stack(
    expanded: Template, parameters: Mapping[str, str], endpoint: str | None = None
) -> list[FunctionConfigurationTypeDef]:
    """The functions of a stack made of the template, their settings resolved as CloudFormation does it."""
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name=REGION)
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="artefacts", Key="nebula.zip", Body=an_archive())
    boto3.client("cloudformation", endpoint_url=endpoint, region_name=REGION).create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(within_moto(expanded)),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    return boto3.client("lambda", endpoint_url=endpoint, region_name=REGION).list_functions()["Functions"]


def an_archive() -> bytes:
    """A zip that moto takes for a function's code; nothing runs it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("app.py", "")
    return archive.getvalue()


@contextmanager
def moto_server(folder: Path) -> Iterator[None]:
    """A fresh account, which command lines and clients made without arguments reach by the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        _complete_cloudformation(patch)
        server.start()
        # moto finds the bucket of a template's URL only where it stands in the path
        endpoint = f"http://localhost:{server.get_host_and_port()[1]}"
        (folder / "aws.ini").write_text("[default]\ns3 =\n  addressing_style = path\n")
        patch.setenv("AWS_CONFIG_FILE", str(folder / "aws.ini"))
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        try:
            requests.post(f"{endpoint}/moto-api/reset", timeout=10).raise_for_status()
            yield
        finally:
            server.stop()


def _complete_cloudformation(patch: pytest.MonkeyPatch) -> None:
    """Let change sets expand their template, as AWS does it when one is made, and leave a whole stack."""
    create_change_set = CloudFormationBackend.create_change_set

    def expanding(self: CloudFormationBackend, *, template: str, **rest: Any) -> Any:
        return create_change_set(self, template=_expanded(template), **rest)

    def apply(self: ChangeSet) -> None:
        self.stack.update(self.template, self.role_arn, self.parameters, self.tags)
        self.stack.parameters = self.stack.stack_parameters

    patch.setattr(CloudFormationBackend, "create_change_set", expanding)
    patch.setattr(ChangeSet, "apply", apply)
    # it takes a denial whose condition does not hold for one that does
    patch.setattr(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


def _expanded(sam: str) -> str:
    return json.dumps(within_moto(template.expanded(json.loads(sam))))
