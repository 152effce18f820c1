"""Every benchmark in one run: `make bench`, or `make bench-quick` to see that all of them run.

    python -m benchmarks [--quick] [--only AREA]

A full run writes `results/results.json` and `results/results.md`, its table into the README, and the
bill that follows from it into `docs/cost-and-scale.md`.
Nothing fails on a figure: what does not hold is written down as such.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks import cost, intake, one_photo, publish, routes, sweep_scale
from benchmarks.stack import Stack, running_stack
from benchmarks.table import Row, markdown

AREAS: dict[str, Callable[[Stack, bool], list[Row]]] = {
    "A whole intake": intake.measure,
    "Reads and writes": routes.measure,
}
ONE_PHOTO = "One photo"
SWEEP = "The sweep"


def main() -> None:
    """Measure, show the table, keep it if it is a full one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see that it runs; the figures mean little")
    parser.add_argument("--only", choices=[ONE_PHOTO, SWEEP, *AREAS], help="one part, which is not kept")
    options = parser.parse_args()
    areas = measure(options.quick, [options.only] if options.only else [ONE_PHOTO, SWEEP, *AREAS])
    print(markdown(areas))
    if not options.quick and not options.only:
        publish.keep(areas, machine())
        publish.write_readme()
        cost.write(cost.asked(cost.arguments([])))


def measure(quick: bool, wanted: list[str]) -> dict[str, list[Row]]:
    """The rows of each part. The first two are measured before there is a stack that takes its share."""
    areas = {}
    if ONE_PHOTO in wanted:
        areas[ONE_PHOTO] = [_row(row) for row in one_photo.measure(quick)]
    if SWEEP in wanted:
        print(f"{SWEEP} …", file=sys.stderr, flush=True)
        areas[SWEEP] = sweep_scale.measure(quick)
    if set(wanted) & set(AREAS):
        with running_stack() as stack:
            for area in AREAS:
                if area in wanted:
                    print(f"{area} …", file=sys.stderr, flush=True)
                    areas[area] = AREAS[area](stack, quick)
    return areas


def _row(found: one_photo.Row) -> Row:
    if found["peak_mb"] is not None:
        return Row(found["name"], found["peak_mb"], 0.0, "MB", "", found["target"], found["held"])
    ratios = [
        (found["times_faster_than_obvious"], "faster than obvious"),
        (found["times_the_limit"], "the limit"),
    ]
    words = [f"{ratio:.2f} × {of}" for ratio, of in ratios if ratio is not None]
    median, spread = found["median_ms"] or 0.0, found["spread_ms"] or 0.0
    return Row(found["name"], median, spread, "ms", ", ".join(words), found["target"], found["held"])


def machine() -> str:
    """What it ran on, in one line."""
    today = datetime.now(UTC).date().isoformat()
    python = platform.python_version()
    return f"{today}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {python}"


if __name__ == "__main__":
    main()
