"""The contributor's guide, the decisions and the workflows name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = {
    part.partition("\n")[0]: part
    for part in GUIDE.partition("## Recipes")[2].partition("\n## ")[0].split("\n### ")[1:]
}
NAMED_TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", GUIDE)))
NAMED_FILES = sorted(set(re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|md|json|yaml|yml|txt))`", GUIDE)))
DECISIONS = sorted((ROOT / "docs" / "adr").glob("0*.md"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_there_is_a_recipe_for_each_thing_that_is_often_added() -> None:
    often = {"A route", "A format", "A store", "A method of a store", "A metric", "A setting"}
    assert set(RECIPES) == often


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_step_says_where_and_what_is_missed_without_it(recipe: str) -> None:
    rows = [line.split(" | ") for line in RECIPES[recipe].splitlines() if line.startswith("| ")][2:]

    assert len(rows) >= 3
    assert [row for row in rows if len(row) != 3 or not row[1].strip() or not row[2].strip(" |")] == []
    assert any("`tests/" in row[2] for row in rows)


@pytest.mark.parametrize(("path", "name"), NAMED_TESTS)
def test_each_test_that_the_guide_names_exists(path: str, name: str) -> None:
    assert re.search(rf"^\s*def {name}\(", (ROOT / path).read_text(), re.M)


@pytest.mark.parametrize("path", NAMED_FILES)
def test_each_file_that_the_guide_names_exists(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda file: file.stem)
def test_each_decision_is_listed_says_what_was_not_chosen_and_leads_somewhere(decision: Path) -> None:
    text = decision.read_text()

    assert f"]({decision.name})" in (ROOT / "docs" / "adr" / "README.md").read_text()
    for part in ("Situation", "Decision", "Not chosen", "It costs", "Think again if"):
        assert f"**{part}" in text
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (decision.parent / link).exists()] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_each_workflow_is_pinned_by_commit_and_may_do_little(workflow: Path) -> None:
    parsed = yaml.safe_load(workflow.read_text())
    used = re.findall(r"uses: (.+)", workflow.read_text())

    assert used
    assert [line for line in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []
    assert parsed["permissions"]["contents"] == ("write" if workflow.stem == "renew" else "read")
    assert all(job["timeout-minutes"] for job in parsed["jobs"].values())


def test_the_workflows_do_what_a_person_does() -> None:
    lines = {
        step["run"].splitlines()[0]
        for workflow in WORKFLOWS
        for job in yaml.safe_load(workflow.read_text())["jobs"].values()
        for step in job["steps"]
        if "run" in step
    }

    assert {".ci/run", "make check", "make audit", "make lock licences"} <= lines


def test_the_hooks_before_a_commit_run_what_is_locked_and_fetch_nothing() -> None:
    [own] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert own["repo"] == "local"
    assert {hook["language"] for hook in own["hooks"]} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in own["hooks"])
