"""What a benchmark found, as one table; and how times are taken so that they can be compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `median` and `spread` (half the distance between the quartiles) are in `unit`. `ratio` is the
    median of the ratios within the rounds, to what `beside` says; `at_most` is its target.
    """

    what: str
    median: float
    spread: float
    unit: str
    ratio: str = ""
    target: str = ""
    held: bool | None = None


def taking_turns(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each run, round after round, so that a busy machine slows them all alike.

    A first round, which fills caches, is not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            took = milliseconds(run)
            if round_:
                times[name].append(took)
    return times


def milliseconds(run: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def compared(
    what: str,
    own: Sequence[float],
    other: Sequence[float],
    beside: str,
    *,
    at_most: float | None = None,
    unit: str = "ms",
) -> Row:
    """A row of one run beside another of the same rounds; with `at_most`, the ratio is a target."""
    ratio = statistics.median(a / b for a, b in zip(own, other, strict=True))
    return Row(
        what,
        statistics.median(own),
        spread(own),
        unit,
        f"{ratio:.2f} × {beside}",
        f"≤ {at_most:g} ×" if at_most is not None else "",
        ratio <= at_most if at_most is not None else None,
    )


def alone(what: str, own: Sequence[float], unit: str = "ms") -> Row:
    """A row that is compared with nothing: a part, or a peer."""
    return Row(what, statistics.median(own), spread(own), unit)


def bounded(what: str, value: float, unit: str, *, below: float) -> Row:
    """A row of one figure that has to stay below a bound."""
    return Row(what, value, 0.0, unit, "", f"< {below:g} {unit}", value < below)


def spread(values: Sequence[float]) -> float:
    """Half the distance between the quartiles; of fewer than three values, half their range."""
    if len(values) < 3:
        return (max(values) - min(values)) / 2
    lower, _, upper = statistics.quantiles(values, n=4)
    return (upper - lower) / 2


def markdown(areas: Mapping[str, Sequence[Row]], *, targets_only: bool = False) -> str:
    """The table; with `targets_only`, of the rows that promise something."""
    lines = ["| | median | ± | ratio | target | held |", "| --- | ---: | ---: | --- | --- | --- |"]
    for area, rows in areas.items():
        kept = [row for row in rows if row.target or not targets_only]
        if kept:
            lines.append(f"| **{area}** | | | | | |")
        lines += [_line(row) for row in kept]
    return "\n".join(lines)


def _line(row: Row) -> str:
    held = {True: "yes", False: "**no**", None: ""}[row.held]
    value = f"{_number(row.median)} {row.unit}"
    return f"| {row.what} | {value} | {_number(row.spread)} | {row.ratio} | {row.target} | {held} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
