"""There is one version, and whatever names one names that."""

from __future__ import annotations

import json
import re
import tomllib

from packaging.version import Version

from app import app
from chalicelib.api.openapi.describe import describe
from chalicelib.version import VERSION
from infra.api_description import FILE, text
from infra.lock import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_api_the_written_description_and_the_project_have_one_version() -> None:
    assert describe(app.routes, "")["info"]["version"] == VERSION
    assert json.loads(FILE.read_text())["info"]["version"] == VERSION
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "chalicelib.version.VERSION"}


def test_the_written_description_is_what_the_code_describes() -> None:
    assert FILE.read_text() == text(), "run: make openapi"


def test_every_python_writes_the_same_description() -> None:
    assert "\\n " not in text(), "a docstring's lines are indented before Python 3.13"


def test_the_changelogs_newest_release_is_no_newer_than_the_version() -> None:
    released = re.findall(r"^## (\d+)\.(\d+)\.(\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    newest = max((tuple(map(int, parts)) for parts in released), default=(0, 0, 0))

    assert newest <= Version(VERSION).release
