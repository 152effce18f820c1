"""What a role may do: its policy, evaluated as IAM does it for one request."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from infra.actions import policy

ACCOUNT, REGION, STAGE, STACK = "123456789012", "eu-central-1", "dev", "nebula-dev"
BUCKET = f"nebula-{STAGE}-{ACCOUNT}-{REGION}"
_VALUES = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": REGION,
    "${AWS::AccountId}": ACCOUNT,
    "${AWS::StackName}": STACK,
    "${Stage}": STAGE,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource."""

    action: str
    resource: str


def on_bucket(action: str) -> Request:
    """An action on the bucket itself."""
    return Request(action, f"arn:aws:s3:::{BUCKET}")


def on_object(action: str, key: str) -> Request:
    """An action on an object of the bucket."""
    return Request(action, f"arn:aws:s3:::{BUCKET}/{key}")


def on_parameter(name: str) -> Request:
    """Reading a parameter of this stage."""
    return Request("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/nebula/{STAGE}/{name}")


def may(function: str, request: Request, conditions: frozenset[str] = frozenset()) -> bool:
    """Whether a function's role allows the request. The policies hold no denials.

    `conditions` are those of the template that hold; usually none does.
    """
    return any(
        any(fnmatchcase(request.action, action) for action in _listed(statement["Action"]))
        and any(
            fnmatchcase(request.resource, _resolved(resource, conditions))
            for resource in _listed(statement["Resource"])
        )
        for statement in policy(function)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resolved(resource: Any, conditions: frozenset[str]) -> str:
    """A resource as it reads when deployed; `FailedEvents.Arn` for another resource's."""
    if isinstance(resource, str):
        return resource
    if "Fn::If" in resource:
        condition, then, otherwise = resource["Fn::If"]
        return _resolved(then if condition in conditions else otherwise, conditions)
    if "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"])
    text = str(resource["Fn::Sub"])
    for name, value in _VALUES.items():
        text = text.replace(name, value)
    return text
