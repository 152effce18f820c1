"""The package as it is deployed, built once, and the Python that AWS runs it on."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from infra.package import BUILD, package
from infra.template import Template
from tests.function_python import MISSING, find_function_python


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
def expanded(built: Path) -> Template:
    """The template as CloudFormation carries it out."""
    template: Template = json.loads((built / "expanded.json").read_text())
    return template
