"""What the README names exists: settings, routes, commands and links; and none is left out.

Commands and links are looked for in the other documents as well.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import app
from chalicelib.api import BASE_PATH
from chalicelib.config import SETTINGS, Setting
from local.settings import LAPTOP_SETTINGS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = "".join(file.read_text() for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


@pytest.mark.parametrize("setting", [*SETTINGS, *LAPTOP_SETTINGS], ids=lambda setting: setting.variable)
def test_every_setting_stands_in_the_table_with_its_default_and_meaning(setting: Setting) -> None:
    default = "*required*" if setting.default is None else f"`{setting.default}`" if setting.default else ""
    row = f"| `{setting.variable}` | {default} | {setting.meaning} |".replace("|  |", "| |")
    assert row in README


def test_the_table_names_no_setting_that_is_not_read() -> None:
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert named == {setting.variable for setting in (*SETTINGS, *LAPTOP_SETTINGS)}


def test_the_table_of_routes_is_complete() -> None:
    routes = {
        f"{method} {path.removeprefix(BASE_PATH)}" for path, views in app.routes.items() for method in views
    }
    named = set(re.findall(r"`((?:GET|POST|PUT|DELETE) /[^` ]+)`", README))
    assert routes <= named
    assert {route for route in named if BASE_PATH not in route} <= routes


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|\$ )make ([a-z-]+)", DOCUMENTS))))
def test_every_make_target_that_is_named_exists(target: str) -> None:
    makefiles = [ROOT / "Makefile", *ROOT.glob("infra/*.mk")]
    assert any(re.search(rf"^{target}:", file.read_text(), re.MULTILINE) for file in makefiles)


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")), ids=lambda f: f.name
)
def test_every_link_to_a_file_leads_somewhere(file: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text())
    missing = [link for link in links if not (file.parent / link).exists()]
    assert missing == []
