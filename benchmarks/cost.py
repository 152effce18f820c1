"""What a month costs, from this machine's own measurements: `python -m benchmarks.cost --images 1000000`.

Measured by `make bench`, and read from the run that it kept: the CPU time of inspecting one photo, and
the most memory that a picture took. Counted by tests: the requests to S3 for one image. Assumed,
and an option each: how long ingest waits for its dependencies on AWS, the size of a photo, how much is
looked at. Prices stand in `prices.json`, with their date.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.publish import RESULTS, last_run

HERE = Path(__file__).parent
ROOT = HERE.parent
INSPECTION = "JPEG, baseline: inspect_image"
MEMORY = ": memory beyond the file"
"""The kept run's row of a photo, since most are such JPEGs, and what its rows on memory are named by."""
DOCUMENT = ROOT / "docs" / "cost-and-scale.md"
BEGIN, END = "<!-- written by benchmarks.cost -->", "<!-- end -->"
GB = 1024**3
ONE_CPU_MB = 1769
"""The memory with which Lambda gives a function one whole CPU; with less it gives that share of one."""
HOURS = 730
PUTS_PER_IMAGE = 4
"""Into `incoming/`, the thumbnail, the copies to `persist/` and `trove/`."""
GETS_PER_IMAGE = 1
COPIES_KEPT = 2
THUMBNAIL_BYTES = 12_000
LOG_BYTES_PER_IMAGE = 1_400
"""The log line, the metrics' line, and Lambda's own three."""
LOG_BYTES_PER_REQUEST = 900
METRICS, ALARMS, DASHBOARDS = 18, 11, 1
SWEEPS = 6 * 24 * 30
SWEEP_SECONDS = 2.0
LIST_ROW_BYTES, DETAILS_ROW_BYTES = 60, 90
"""Compressed, per dataset and per image of a reply."""


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU of one photo in milliseconds, memory of the worst picture in MB; where each comes from; the run."""

    cpu_ms: float
    cpu_from: str
    peak_mb: float
    peak_from: str
    run: str


@dataclass(frozen=True, slots=True)
class Use:
    """A month of use. Sizes in bytes, times in milliseconds, `api_requests` beside the uploads'.

    `ingest_mb` is the memory that ingest has, and is billed for.
    """

    images: int
    mean_bytes: int
    datasets: int
    stored_images: int
    api_requests: int
    downloads: int
    wait_ms: float
    ingest_mb: int
    region: str
    mongodb: str


def measured(cpu_ms: float | None = None) -> Measured:
    """What the kept run found; `cpu_ms` stands in for its CPU time.

    Raises:
        KeyError: the run has no such row.
    """
    run = last_run()
    found = {row.what: row.median for area in run.areas.values() for row in area}
    worst = max((name for name in found if MEMORY in name), key=lambda name: found[name])
    cpu_from = f"`{INSPECTION}`" if cpu_ms is None else "given"
    cpu_ms = found[INSPECTION] if cpu_ms is None else cpu_ms
    return Measured(cpu_ms, cpu_from, found[worst], f"`{worst}`", run.machine)


def functions(stage: str) -> dict[str, dict[str, int]]:
    """Each function's settings."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    found: dict[str, dict[str, int]] = config["stages"][stage]["lambda_functions"]
    return found


def billed_ms(one: Measured, use: Use) -> float:
    """How long one image keeps a function busy."""
    return one.cpu_ms * max(1.0, ONE_CPU_MB / use.ingest_mb) + use.wait_ms


def bill(one: Measured, use: Use, prices: dict[str, float], mongodb_month: float) -> dict[str, float]:
    """The month's cost per service."""
    memory = {name: it["lambda_memory_size"] / 1024 for name, it in functions("prod").items()}
    ingest_gbs = use.images * billed_ms(one, use) / 1000 * use.ingest_mb / 1024
    api_gbs = use.api_requests * 0.12 * memory["api_handler"]
    sweep_gbs = SWEEPS * SWEEP_SECONDS * memory["sweep"]
    requests = use.images + use.api_requests + SWEEPS
    kept = use.stored_images * (COPIES_KEPT * use.mean_bytes + THUMBNAIL_BYTES) / GB
    passing = use.images * use.mean_bytes / GB / 30  # gone from incoming/ within a day
    looked_at = use.downloads * use.mean_bytes
    replies = use.api_requests * (
        LIST_ROW_BYTES * use.datasets + DETAILS_ROW_BYTES * use.stored_images / max(1, use.datasets)
    )
    logged = (use.images * LOG_BYTES_PER_IMAGE + use.api_requests * LOG_BYTES_PER_REQUEST) / GB
    per_lambda = prices["lambda_gb_second"]
    return {
        "Lambda: ingest": ingest_gbs * per_lambda,
        "Lambda: api": api_gbs * per_lambda,
        "Lambda: sweep": sweep_gbs * per_lambda,
        "Lambda: requests": requests * prices["lambda_request"],
        "API Gateway": use.api_requests * prices["api_request"],
        "S3: requests": use.images * PUTS_PER_IMAGE * prices["s3_put"]
        + (use.images * GETS_PER_IMAGE + use.downloads) * prices["s3_get"],
        "S3: storage": (kept + passing) * prices["s3_gb_month"],
        "Data transfer out": (looked_at + replies) / GB * prices["transfer_out_gb"],
        "CloudWatch: logs": logged * (prices["logs_gb"] + 3 * prices["logs_kept_gb_month"]),
        "CloudWatch: metrics, alarms, dashboard": METRICS * prices["metric_month"]
        + ALARMS * prices["alarm_month"]
        + DASHBOARDS * prices["dashboard_month"],
        f"MongoDB: {use.mongodb}": mongodb_month,
    }


def ceilings(one: Measured, use: Use) -> list[tuple[str, list[str]]]:
    """What 10, 100 and 1,000 images a second ask of each part."""
    rates = (10, 100, 1000)
    busy = billed_ms(one, use) / 1000
    return [
        ("ingest functions at once", [f"{rate * busy:.0f}" for rate in rates]),
        ("puts a second, all prefixes", [f"{rate * PUTS_PER_IMAGE}" for rate in rates]),
        ("puts a second, one dataset's trove", [f"{rate}" for rate in rates]),
        ("MongoDB operations a second", [f"{rate * 8}" for rate in rates]),
        ("bytes in, MB a second", [f"{rate * use.mean_bytes / 1e6:.0f}" for rate in rates]),
        (
            "new storage a day, GB",
            [f"{rate * 86400 * use.mean_bytes * COPIES_KEPT / GB:.0f}" for rate in rates],
        ),
    ]


def report(one: Measured, use: Use) -> str:
    """The bill and the ceilings, as Markdown."""
    book = json.loads((HERE / "prices.json").read_text())
    prices = book["regions"][use.region]
    rows = bill(one, use, prices, prices["mongodb_hour"][use.mongodb] * HOURS)
    aws = sum(cost for service, cost in rows.items() if not service.startswith("MongoDB"))
    return "\n".join(
        [
            f"{use.images:,} new images of {use.mean_bytes / 1e6:.2f} MB a month, {use.stored_images:,} "
            f"kept, {use.datasets} datasets, {use.region}, prices of {book['as_of']}.",
            "",
            f"Ingest takes {one.cpu_ms:.1f} ms CPU for one photo ({one.cpu_from}), and at most "
            f"{one.peak_mb:.0f} MB beyond its file ({one.peak_from}); it is billed for {use.ingest_mb:,} MB. "
            f"The named rows were measured: `{RESULTS.relative_to(ROOT)}`, {one.run}. "
            f"Assumed: {use.wait_ms:g} ms of waiting per ingest.",
            "",
            "| service | USD a month |",
            "| --- | ---: |",
            *(f"| {service} | {cost:,.2f} |" for service, cost in rows.items()),
            f"| **in all** ({aws:,.2f} without MongoDB) | **{sum(rows.values()):,.2f}** |",
            "",
            "| images a second | 10 | 100 | 1,000 |",
            "| --- | ---: | ---: | ---: |",
            *(f"| {part} | {' | '.join(values)} |" for part, values in ceilings(one, use)),
        ]
    )


def written_into(text: str, table: str) -> str:
    """A document with the part between its markers replaced."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}"


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    memory = functions("prod")["ingest"]["lambda_memory_size"]
    parser.add_argument("--images", type=int, default=1_000_000, help="new images a month")
    parser.add_argument("--mean-bytes", type=int, default=500_000)
    parser.add_argument("--datasets", type=int, default=100)
    parser.add_argument("--stored-images", type=int, help="images kept in all; default: this month's")
    parser.add_argument("--api-requests", type=int, default=50_000, help="a month, presigning included")
    parser.add_argument("--downloads", type=int, default=100_000, help="originals looked at a month")
    parser.add_argument("--cpu-ms", type=float, help="CPU of ingest per image, instead of what was measured")
    parser.add_argument("--ingest-mb", type=int, default=memory, help="memory of ingest, as configured")
    parser.add_argument("--wait-ms", type=float, default=150.0, help="waiting per ingest, an assumption")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--mongodb", default="M30", help="Atlas cluster tier")
    parser.add_argument("--write", action="store_true", help="into docs/cost-and-scale.md")
    return parser.parse_args(words)


def asked(options: argparse.Namespace) -> str:
    """The report that a command line asks for."""
    use = Use(
        images=options.images,
        mean_bytes=options.mean_bytes,
        datasets=options.datasets,
        stored_images=options.stored_images or options.images,
        api_requests=options.api_requests,
        downloads=options.downloads,
        wait_ms=options.wait_ms,
        ingest_mb=options.ingest_mb,
        region=options.region,
        mongodb=options.mongodb,
    )
    return report(measured(options.cpu_ms), use)


def write(table: str) -> None:
    """Renew the tables of the document."""
    DOCUMENT.write_text(written_into(DOCUMENT.read_text(), table))


def main() -> None:
    """Print the bill and the ceilings; with `--write` put them into the document."""
    options = arguments()
    table = asked(options)
    print(table)
    if options.write:
        write(table)


if __name__ == "__main__":
    main()
