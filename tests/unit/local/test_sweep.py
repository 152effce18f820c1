"""`make sweep` prints what a person needs to know, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.leftovers import Backlog
from chalicelib.services.sweep.report import CheckReport, Problem, SweepReport
from local.errors import LaptopError
from local.sweep import stack_environment, table

QUIET = CheckReport("deletions that were cut off")
BUSY = CheckReport(
    "objects that were not ingested to the end",
    found=25,
    repaired=22,
    settled=1,
    failed=2,
    samples=(Problem("drop/cards/a.jpg", "has no receipt"),),
    failures=(Problem("drop/cards/b.jpg", "TransientFault: persist: answered 503"),),
)


def test_the_table_has_a_line_per_check_and_tells_why_repairs_failed() -> None:
    lines = table(SweepReport((QUIET, BUSY), Backlog(), dry_run=False, seconds=2.51)).splitlines()
    assert lines[0].split() == ["found", "repaired", "settled", "failed", "left"]
    assert lines[1].split()[-5:] == ["0", "0", "0", "0", "0"]
    assert lines[2].split()[-5:] == ["25", "22", "1", "2", "0"]
    assert "  drop/cards/b.jpg: TransientFault: persist: answered 503" in lines
    assert "  … 1 more" in lines
    assert lines[-2:] == ["No upload waits for a dependency.", "Took 2.5 s."]


def test_a_dry_run_says_so_and_shows_what_it_found() -> None:
    found = CheckReport("totals", found=1, left=1, samples=(Problem("1" * 24, "+1 images"),))
    since = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
    text = table(SweepReport((found,), Backlog(3, since), dry_run=True, seconds=0.1))
    assert f"  {'1' * 24}: +1 images" in text
    assert "wait for a dependency: 3, the oldest since 2024-05-17 09:30:00+00:00." in text
    assert text.endswith("Nothing was changed: this was a dry run.")


def test_what_could_not_be_read_is_told() -> None:
    blind = CheckReport("totals", fault="TransientFault: MongoDB: no answer")
    text = table(SweepReport((blind,), None, dry_run=False, seconds=8))
    assert "the search ended: TransientFault: MongoDB: no answer" in text
    assert "could not be read" in text


def test_the_stacks_variables_are_read_and_the_environments_own_go_first(tmp_path: Path) -> None:
    dev_env = tmp_path / "dev.env"
    dev_env.write_text("NEBULA_BUCKET=nebula\nNEBULA_TOKEN='a b'\nMONGODB_URI=mongodb://one/nebula\n")
    read = stack_environment(dev_env, {"MONGODB_URI": "mongodb://two/nebula"})
    assert read == {"NEBULA_BUCKET": "nebula", "NEBULA_TOKEN": "a b", "MONGODB_URI": "mongodb://two/nebula"}


def test_without_a_stack_its_engines_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(LaptopError, match="make run"):
        stack_environment(tmp_path / "dev.env", {})
    named = {"MONGODB_URI": "mongodb://one/nebula"}
    assert stack_environment(tmp_path / "dev.env", named) == named


def test_a_search_that_was_cut_off_says_that_the_next_sweep_goes_on() -> None:
    report = SweepReport((CheckReport("totals", cut_off=True),), Backlog(), dry_run=False, seconds=480)
    assert "totals:\n  not all was looked at: the next sweep goes on" in table(report)
    assert not report.is_complete
