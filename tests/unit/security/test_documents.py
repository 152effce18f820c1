"""The threat model and the security policy name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODEL = (ROOT / "docs" / "threat-model.md").read_text()
POLICY = (ROOT / "SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", MODEL)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_test_that_the_threat_model_names_exists(path: str, name: str) -> None:
    assert re.search(rf"^\s*def {name}\(", (ROOT / path).read_text(), re.M)


def test_every_threat_names_a_test() -> None:
    rows = [
        line
        for line in MODEL.splitlines()
        if line.startswith("| ") and not line.startswith(("| who", "| ---"))
    ]

    assert len(rows) > 15
    assert [row for row in rows if "`tests/" not in row] == []


def test_the_threat_model_is_about_one_page() -> None:
    assert len(MODEL.splitlines()) <= 80


@pytest.mark.parametrize("document", [MODEL, POLICY])
def test_each_file_that_a_document_links_to_exists(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document)

    places = (ROOT / "docs", ROOT)
    assert [link for link in links if not any((place / link).exists() for place in places)] == []
