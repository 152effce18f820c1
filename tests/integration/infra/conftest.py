"""The package as it is deployed, built once, and the Python that AWS runs it on."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

from infra.package import BUILD, package
from infra.template import Template
from tests.function_python import MISSING, find_function_python


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what `make package STAGE=dev` leaves behind: built once, whoever runs side by side."""
    build = BUILD / "tests"
    build.mkdir(parents=True, exist_ok=True)
    run, done = os.environ.get("PYTEST_XDIST_TESTRUNUID"), build / "run"
    with FileLock(build / "lock"):
        if run is None or not done.exists() or done.read_text() != run:
            package("dev", build)
            done.write_text(run or "")
        copy = tmp_path_factory.mktemp("built") / "dev"
        shutil.copytree(build / "dev", copy)
    return copy


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
def expanded(built: Path) -> Template:
    """The template as CloudFormation carries it out."""
    template: Template = json.loads((built / "expanded.json").read_text())
    return template
