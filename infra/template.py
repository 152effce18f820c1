"""The template: put together from its parts, expanded as CloudFormation would, and linted.

Linting what Chalice writes finds little: SAM's shorthand hides most of it. So the template is
expanded first, by the translator that AWS itself runs, and the result is linted.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra.gateway import with_every_path_and_method
from infra.runtime import run

PARTS = Path(__file__).parent / "template"
STAGES_WITH_KEPT_LOGS = ("prod",)
"""Their logs hold the digests that prove the audit, and stay when the stack goes, until they expire."""
REGIONS = ("us-east-1", "eu-central-1", "ap-south-1")
Template = dict[str, Any]


class _NoManagedPolicies(ManagedPolicyLoader):
    """Roles are written by hand and name no policy that would have to be looked up in an account."""

    def __init__(self) -> None:
        """Without the client that the real one asks."""

    def load(self) -> dict[str, str]:
        """No names."""
        return {}


def additions(functions: set[str]) -> Template:
    """What the parts in `infra/template/` add to the template that Chalice writes.

    A part `function-<name>.yaml` completes one function, and is left out where the app has none.
    """
    merged: Template = {}
    for part in sorted(PARTS.glob("*.yaml")):
        kind, _, function = part.stem.partition("-")
        if kind != "function" or function in functions:
            merged = _merged(merged, yaml.safe_load(part.read_text()))
    return merged


def event_functions(app_source: str) -> set[str]:
    """The names of the functions that `app.py` declares beside the API's."""
    return {
        str(keyword.value.value)
        for node in ast.walk(ast.parse(app_source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "app.lambda_function"
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    }


def _merged(one: Any, other: Any) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return copy.deepcopy(other)
    return one | {key: _merged(one.get(key), value) for key, value in other.items()}


def completed(template: Template, stage: str) -> Template:
    """What Chalice has written, with all that no part can add to it."""
    resources = copy.deepcopy(template["Resources"])
    api = resources["RestAPI"]["Properties"]
    api["DefinitionBody"] = with_every_path_and_method(api["DefinitionBody"])
    if stage in STAGES_WITH_KEPT_LOGS:
        for resource in resources.values():
            if resource["Type"] == "AWS::Logs::LogGroup":
                resource |= {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    return {**template, "Resources": resources}


def functions_of(template: Template) -> dict[str, dict[str, Any]]:
    """The properties of every function of a template, SAM's or expanded, by its logical name."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function")
    }


def with_runtime(template: Template, runtime: str) -> Template:
    """The template with every function on `runtime`: Chalice names the Python that it was run by."""
    fixed = copy.deepcopy(template)
    for properties in functions_of(fixed).values():
        properties["Runtime"] = runtime
    return fixed


def expanded(template: Template) -> Template:
    """The plain CloudFormation that AWS makes of a SAM template, its package uploaded or yet to be."""
    local = copy.deepcopy(template)
    for resource in local["Resources"].values():
        code = resource["Properties"].get("CodeUri", "")
        if resource["Type"] == "AWS::Serverless::Function" and not code.startswith("s3://"):
            resource["Properties"]["CodeUri"] = "s3://artefacts/nebula.zip"
    with _a_region():
        return dict(transform(local, {}, _NoManagedPolicies()))


@contextmanager
def _a_region() -> Iterator[None]:
    """The translator asks boto3 for a region, to tell the partition, and stops without one."""
    given = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = given or REGIONS[0]
    try:
        yield
    finally:
        if given is None:
            del os.environ["AWS_DEFAULT_REGION"]


def lint(template: Path) -> str:
    """What cfn-lint says about an expanded template in all `REGIONS`; empty if it finds nothing.

    Raises:
        SystemExit: it found something; the message says what.
    """
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--non-zero-exit-code", "informational"]
    return run([*command, "--regions", *REGIONS, "--template", str(template)])


def write(template: Template, path: Path) -> None:
    """Write a template as JSON."""
    path.write_text(json.dumps(template, indent=1) + "\n")
