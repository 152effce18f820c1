"""Keeps a run's table, and copies it into the README: `python -m benchmarks.publish [--check]`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.table import Row, markdown

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "results.json"
TABLE = RESULTS.with_suffix(".md")
BEGIN, END = "<!-- written by benchmarks.publish -->", "<!-- end of the table -->"


class Results(msgspec.Struct, frozen=True):
    """One full run."""

    machine: str
    areas: dict[str, list[Row]]


def keep(areas: Mapping[str, Sequence[Row]], machine: str) -> None:
    """Write the run's figures and its whole table."""
    results = Results(machine, {area: list(rows) for area, rows in areas.items()})
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    TABLE.write_text(whole_table(results))


def last_run() -> Results:
    """The run that was kept."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=Results)


def whole_table(results: Results) -> str:
    """The file beside the figures."""
    return f"# All figures\n\n{results.machine}\n\n{markdown(results.areas)}\n"


def with_table(readme: str, results: Results) -> str:
    """The README with the rows that promise something between its markers.

    Raises:
        ValueError: it has no markers.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README lacks {BEGIN} or {END}")
    table = markdown(results.areas, targets_only=True)
    return f"{before}{BEGIN}\n\n{results.machine}\n\n{table}\n\n{END}{after}"


def write_readme() -> None:
    """Copy the kept run's table into the README."""
    README.write_text(with_table(README.read_text(), last_run()))


def is_current() -> bool:
    """Whether the README and the table's file say what the kept run found."""
    text, results = README.read_text(), last_run()
    return text == with_table(text, results) and TABLE.read_text() == whole_table(results)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if is_current() else "The README's table is not that of the last run: make bench")
    write_readme()
