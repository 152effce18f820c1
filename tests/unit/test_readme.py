"""What the README names exists: settings, routes, limits, commands and links; and none is left out.

Commands and links are looked for in the other documents as well.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from app import app
from chalicelib.api import BASE_PATH
from chalicelib.api.bodies.sessions import MAX_ANNOUNCED_FILES
from chalicelib.api.http.errors import RequestTooLarge
from chalicelib.api.http.limits import BODY_LIMIT, MAX_FORM_FILES
from chalicelib.api.openapi.describe import describe
from chalicelib.config import SETTINGS, Setting
from chalicelib.domain.formats import FILE_TYPES
from chalicelib.domain.lifetimes import PUT_URL, UPLOAD_SESSION
from chalicelib.domain.names import MAX_DATASET_NAME_BYTES, MAX_IMAGE_NAME_BYTES
from chalicelib.domain.rejection import RejectionKind
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


def test_the_table_of_rejections_has_every_code_with_its_meaning_and_no_other() -> None:
    _, _, section = README.partition("## Rejections")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert rows == [(kind.value, kind.meaning) for kind in RejectionKind]


def test_the_table_of_routes_is_complete() -> None:
    routes = {
        f"{method} {path.removeprefix(BASE_PATH) or path}"
        for path, views in app.routes.items()
        for method in views
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


DEFAULTS = {setting.variable: setting.default for setting in SETTINGS}
LIMITS = {
    "request to the multipart routes": f"{BODY_LIMIT} in all",
    "one file": f"{DEFAULTS['NEBULA_MAX_FILE_MB']} MB",
    "formats": f"{', '.join(kind.label for kind in FILE_TYPES.values())}; one picture each",
    "one picture": f"{DEFAULTS['NEBULA_MAX_MEGAPIXELS']} megapixels",
    "dataset name": f"{MAX_DATASET_NAME_BYTES} bytes, percent-encoded",
    "image name": f"{MAX_IMAGE_NAME_BYTES} bytes in UTF-8",
    "files of one form": f"{MAX_FORM_FILES:,}",
    "files of one announcement": f"{MAX_ANNOUNCED_FILES:,}",
    "a presigned upload": f"{PUT_URL // timedelta(hours=1)} hour",
    "an upload session": f"{UPLOAD_SESSION // timedelta(days=1)} days",
    "a reply that a function may not return": f"over {BODY_LIMIT}, compressed",
    "a persist URL of a deleted image": "goes on working",
}


def test_the_table_of_limits_says_what_the_code_enforces() -> None:
    section = README.partition("## Limits")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in section.splitlines() if "|" in line]
    assert dict(rows[2:]) == LIMITS


def test_the_largest_request_is_told_in_one_way_wherever_a_user_may_read_it() -> None:
    told = [README, DOCUMENTS, (ROOT / "infra/template/4-api.yaml").read_text(), str(RequestTooLarge())]
    told.append(json.dumps(describe(app.routes, "")))
    assert all(str(RequestTooLarge()) in text for text in told[2:])
    figures = {figure for text in told for figure in re.findall(r"\b4\.[3-7]\d* ?MB", text)}
    assert figures == {BODY_LIMIT.partition(" (")[0]}
