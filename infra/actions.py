"""Which AWS actions the code calls: read from the adapters' own calls, so that none is forgotten.

`python -m infra.actions` prints them beside the policies (`make infra-check`).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from infra.lock import ROOT

ADAPTERS = ROOT / "chalicelib" / "adapters"
POLICIES = ROOT / ".chalice"

_COPY = frozenset({"s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"})
"""A copy takes the source's tags along, and is refused if it may not."""
ACTIONS_OF: dict[str, frozenset[str]] = {
    "head_object": frozenset({"s3:GetObject", "s3:ListBucket"}),
    "get_object": frozenset({"s3:GetObject", "s3:ListBucket"}),
    "put_object": frozenset({"s3:PutObject"}),
    "copy_object": _COPY,
    "copy": _COPY | {"s3:AbortMultipartUpload"},
    "delete_object": frozenset({"s3:DeleteObject"}),
    "delete_objects": frozenset({"s3:DeleteObject"}),
    "list_objects_v2": frozenset({"s3:ListBucket"}),
    "send_message_batch": frozenset({"sqs:SendMessage"}),
    "get_queue_attributes": frozenset({"sqs:GetQueueAttributes"}),
    "start_message_move_task": frozenset(
        {"sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage"}
    ),
    "get_parameters_by_name": frozenset({"ssm:GetParameters"}),
}
"""What each client method needs; moving messages is done with the rights of whoever asks for it.

Without s3:ListBucket, an absent object is `forbidden`, not `not found`.
"""
CALLED_BY_AWS = frozenset(
    {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    }
)
"""What Lambda does with a function's role by itself: its log, and its queues."""
_CLIENTS = ("self._client", "client", "provider")
_BY_NAME = frozenset({"generate_presigned_url", "get_paginator", "generate_presigned_post"})
_NO_REQUEST = frozenset({"meta", "merge"})


class UnknownCall(Exception):
    """An adapter calls a client method whose actions nobody has written down."""


def called_methods(source: str) -> Iterator[str]:
    """The client methods that a module's source calls, presigned and paged ones included."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        method = node.func.attr
        if ast.unparse(node.func.value) not in _CLIENTS or method in _NO_REQUEST:
            continue
        if method in _BY_NAME:
            named = node.args[0] if node.args else None
            method = str(named.value) if isinstance(named, ast.Constant) else f"{method}(?)"
        yield method


def uses_aws(source: str) -> bool:
    """Whether a module holds an AWS client."""
    return "boto3" in source or "aws_lambda_powertools.utilities" in source


def called_actions() -> set[str]:
    """The actions that the adapters call.

    Raises:
        UnknownCall: a method is in no table.
    """
    actions: set[str] = set()
    for path in sorted(ADAPTERS.rglob("*.py")):
        source = path.read_text()
        for method in called_methods(source) if uses_aws(source) else ():
            if method not in ACTIONS_OF:
                raise UnknownCall(f"{path.name} calls {method}: add its actions to {__name__}.ACTIONS_OF")
            actions |= ACTIONS_OF[method]
    return actions


def policy(function: str) -> list[dict[str, object]]:
    """The statements of a function's role."""
    document = json.loads((POLICIES / f"policy-{function}.json").read_text())
    statements: list[dict[str, object]] = document["Statement"]
    return statements


def allowed_actions() -> dict[str, set[str]]:
    """The actions that each function's policy names."""
    names = sorted(path.stem.removeprefix("policy-") for path in POLICIES.glob("policy-*.json"))
    return {name: {str(a) for s in policy(name) for a in _listed(s["Action"])} for name in names}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def main() -> None:
    """Compare both ways; exit with 1 if an action is missing or surplus."""
    needed, allowed = called_actions() | CALLED_BY_AWS, set[str]().union(*allowed_actions().values())
    print(f"{len(needed)} actions needed, {len(allowed)} allowed: {', '.join(sorted(needed))}")
    if needed != allowed:
        raise SystemExit(f"missing: {sorted(needed - allowed)}, surplus: {sorted(allowed - needed)}")


if __name__ == "__main__":
    main()
