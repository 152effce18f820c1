"""The table of the benchmarks: ratios of the same round, targets judged, nothing typed by hand."""

from __future__ import annotations

import pytest

from benchmarks import publish
from benchmarks.publish import BEGIN, END, Results, with_table
from benchmarks.table import Row, bounded, compared, markdown, spread, taking_turns


def test_a_ratio_is_that_of_the_same_round_so_that_a_busy_minute_spoils_none() -> None:
    row = compared("whole", [2.0, 20.0, 2.2], [1.0, 10.0, 1.1], "its parts", at_most=2.0)
    assert (row.ratio, row.held) == ("2.00 × its parts", True)


@pytest.mark.parametrize(("at_most", "held"), [(1.9, False), (2.1, True), (None, None)])
def test_a_target_is_held_or_not_and_what_has_none_is_neither(
    at_most: float | None, held: bool | None
) -> None:
    assert compared("whole", [2.0], [1.0], "its parts", at_most=at_most).held is held


def test_a_bound_is_below_not_at() -> None:
    assert [bounded("reply", value, "MB", below=1.5).held for value in (1.49, 1.5)] == [True, False]


def test_the_spread_is_half_the_distance_between_the_quartiles() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0, 100.0]) == pytest.approx(25.25)
    assert spread([1.0, 2.0]) == 0.5


def test_runs_take_turns_and_the_first_turn_is_not_counted() -> None:
    order: list[str] = []
    times = taking_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b"] * 3
    assert {name: len(taken) for name, taken in times.items()} == {"a": 2, "b": 2}


def test_what_is_not_held_is_shown_as_such() -> None:
    rows = [Row("a part", 1.0, 0.1, "s"), Row("whole", 2.5, 0.1, "s", "2.50 × a part", "≤ 2 ×", False)]
    table = markdown({"Intake": rows})
    assert "| whole | 2.5 s | 0.1 | 2.50 × a part | ≤ 2 × | **no** |" in table
    assert "a part | 1 s" in table
    assert "a part | 1 s" not in markdown({"Intake": rows}, targets_only=True)


def test_the_readme_is_changed_between_its_markers_only() -> None:
    results = Results("two cores", {"Intake": [bounded("reply", 1.0, "MB", below=1.5)]})
    readme = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", results)
    assert readme.startswith("before\n")
    assert readme.endswith("\nafter\n")
    assert "old" not in readme
    assert "reply" in readme
    assert with_table(readme, results) == readme
    with pytest.raises(ValueError, match="lacks"):
        with_table("no markers", results)


def test_the_readmes_figures_are_those_of_the_last_run() -> None:
    assert publish.is_current(), "python -m benchmarks.publish"
