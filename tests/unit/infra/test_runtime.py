"""The functions run on what the package is built for, whichever Python builds it."""

from __future__ import annotations

import pytest

from infra.artefact import other_runtimes
from infra.runtime import LAMBDA_RUNTIME
from infra.template import Template, with_runtime


def by_chalice(python: str) -> Template:
    """What Chalice writes: it names the Python that runs it."""
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": python, "Handler": "app.app"}}
    sweep = {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": python, "Handler": "app.sweep"}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {}}
    return {"Resources": {"APIHandler": function, "Sweep": sweep, "Bucket": bucket}}


@pytest.mark.parametrize("building", ["python3.11", "python3.12", "python3.13"])
def test_whichever_python_builds_it_every_function_runs_on_the_wheels(building: str) -> None:
    fixed = with_runtime(by_chalice(building), LAMBDA_RUNTIME)

    runtimes = [it["Properties"].get("Runtime") for it in fixed["Resources"].values()]
    assert runtimes == [LAMBDA_RUNTIME, LAMBDA_RUNTIME, None]
    assert other_runtimes(fixed) == []


@pytest.mark.parametrize("kind", ["AWS::Serverless::Function", "AWS::Lambda::Function"])
@pytest.mark.parametrize("runtime", ["python3.12", "python3.14", "nodejs22.x", None])
def test_packaging_stops_at_a_function_on_anything_else(kind: str, runtime: str | None) -> None:
    template = with_runtime(by_chalice("python3.12"), LAMBDA_RUNTIME)
    template["Resources"]["Sweep"] = {"Type": kind, "Properties": {"Runtime": runtime} if runtime else {}}

    assert other_runtimes(template) == [
        f"Sweep is to run on {runtime}, the package is built for {LAMBDA_RUNTIME}"
    ]
