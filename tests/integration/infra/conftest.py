"""The package as it is deployed, built once, and the functions' Python, seeing only it and boto3."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from infra.package import BUILD, package
from infra.template import Template
from tests.function_python import MISSING, find_function_python

IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "python-dateutil", "six")
"""What AWS's runtime brings along; jmespath and urllib3, which boto3 also needs, are packaged."""
INVOKE = """
import json, sys
sys.path[:0] = sys.argv[1:3]
asked = json.load(sys.stdin)
import app
class Context:
    aws_request_id = "0d3e5c1a-recorded"
    function_name = "nebula"
    memory_limit_in_mb = 1769
handler = getattr(app, asked["handler"])
answers = [handler(event, Context()) for event in asked["events"]]
loaded = sorted({name.partition(".")[0] for name in sys.modules})
outside = sorted(
    f for m in list(sys.modules.values()) if (f := getattr(m, "__file__", None)) and "site-packages" in f
)
print("\\n" + json.dumps({"answers": answers, "loaded": loaded, "outside": outside}))
"""
Invoke = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder that `make package STAGE=dev` leaves behind."""
    return package("dev", BUILD / "tests")


@pytest.fixture(scope="session")
def function_python() -> Path:
    """The CPython that AWS runs the functions on; without one, what needs it is skipped aloud."""
    return find_function_python(os.environ) or pytest.skip(MISSING)


@pytest.fixture(scope="session")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files, as Lambda lays them out."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the Lambda runtime brings, and nothing else."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in IN_THE_RUNTIME:
        for file in distribution(name).files or ():
            top = file.parts[0]
            if top != ".." and not top.endswith(".dist-info") and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))).resolve())
    return folder


@pytest.fixture(scope="session")
def invoke(function_python: Path, unpacked: Path, runtime: Path) -> Invoke:
    """Invoke a handler of the package in a fresh, isolated interpreter, once for each event."""

    def call(handler: str, *events: Mapping[str, Any], **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            [str(function_python), "-I", "-S", "-c", INVOKE, str(unpacked), str(runtime)],
            input=json.dumps({"handler": handler, "events": events}),
            env={"AWS_DEFAULT_REGION": "us-east-1", **environment},
            capture_output=True,
            text=True,
            cwd=runtime,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return call


@pytest.fixture(scope="session")
def expanded(built: Path) -> Template:
    """The template as CloudFormation carries it out."""
    template: Template = json.loads((built / "expanded.json").read_text())
    return template
