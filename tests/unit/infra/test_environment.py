"""The first start works on the Pythons that it is promised for, and elsewhere says what to install."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

from infra.environment import NEWEST, OLDEST, settings_for_uv, unfit
from infra.lock import ROOT

SAYS_A_MIRROR = """:env:.disable-pip-version-check='1'
global.cert='/etc/ssl/company.pem'
global.index-url='https://mirror.example.com/simple'
global.constraint='/etc/xdg/pip/constraints.txt'
"""


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_python_that_is_promised_is_taken(version: tuple[int, int]) -> None:
    assert unfit(version, has_venv=True) == ""


@pytest.mark.parametrize("version", [(2, 7), (3, 9), (3, 10), (3, 14), (4, 0)])
def test_another_one_is_refused_with_what_to_do(version: tuple[int, int]) -> None:
    said = unfit(version, has_venv=True)

    assert "Nebula needs Python 3.11, 3.12 or 3.13" in said
    assert "sudo apt install python3 python3-venv" in said
    assert "make PYTHON=/path/to/python3.13 run" in said


def test_debians_python_without_its_venv_is_told_which_package_brings_it() -> None:
    assert "sudo apt install python3.12-venv" in unfit((3, 12), has_venv=False)


def test_the_documents_the_project_and_the_installer_promise_the_same_pythons() -> None:
    minors = range(OLDEST[1], NEWEST[1] + 1)
    supported = SpecifierSet(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    )

    assert [minor for minor in range(30) if f"3.{minor}" in supported] == list(minors)
    for document in ("README.md", "docs/deploy.md"):
        assert f"Python 3.{minors[0]}, 3.{minors[1]} or 3.{minors[2]}" in (ROOT / document).read_text()


def test_where_pip_is_told_of_a_mirror_uv_is_told_too() -> None:
    assert settings_for_uv(SAYS_A_MIRROR, {"PATH": "/bin"}) == {
        "PATH": "/bin",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
        "UV_DEFAULT_INDEX": "https://mirror.example.com/simple",
    }


def test_what_uv_is_told_already_stays() -> None:
    own = {"UV_DEFAULT_INDEX": "https://own.example.com/simple"}

    assert settings_for_uv(SAYS_A_MIRROR, own)["UV_DEFAULT_INDEX"] == own["UV_DEFAULT_INDEX"]
    assert settings_for_uv("", {}) == {}


def test_the_installer_needs_nothing_that_is_not_installed_yet() -> None:
    imported = re.findall(r"^(?:import|from) (\S+)", (ROOT / "infra" / "environment.py").read_text(), re.M)

    assert set(imported) <= {"__future__", "os", "pathlib", "re", "shutil", "subprocess", "sys", "time"}
