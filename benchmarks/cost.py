"""What a month costs, from this machine's own measurements: `python -m benchmarks.cost --images 1000000`.

Measured by `make bench`, and read from the run that it kept: the CPU time of inspecting one photo, and
the most memory that a picture took. Counted by tests: the requests to S3 for one image, the alarms, and
what a sweep lists. Assumed, and an option each: how long ingest waits for its dependencies on AWS, the
size of a photo, how much is looked at. Prices stand in `prices.json`, with their date.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.publish import RESULTS, last_run
from chalicelib.events.sweep import DEEP_SECONDS
from chalicelib.services.sweep.intake import LOOKED_UP_AT_ONCE, RECENT, SLICE, WALKED_PER_NEW

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
SWEEPS, NIGHTS = 6 * 24 * 30, 30
SWEEP_SECONDS = 0.5
"""Of a sweep that finds nothing anywhere: the queries, and one listing of an empty `incoming/`."""
PAGE_SECONDS = 0.25
"""An assumption: 0.15 s for a page of 1,000 from within the region, 0.1 s CPU for it and its receipts."""
DROP_DAYS = 30
"""How long a dropped file stays in `drop/`, a third copy."""
MESSAGES_PER_IMAGE = 3
"""S3 sends one, the mapping receives and deletes it."""
IDLE_POLLS = 2 * 5 * 3 * 60 * 24 * 30
"""What Lambda asks two empty queues in a month: five pollers each, twenty seconds a question."""
INIT_SECONDS = 1.0
"""A container's start, billed like its work; `benchmarks.cold_start` measures 0.9 s here."""
EVENTS_PER_CONTAINER = 200
"""An assumption: how many photos a container of ingest takes before Lambda ends it."""
API_SECONDS = 0.12
READS_PER_IMAGE = 3
"""Which CloudTrail records in `prod`: the object, and the source of two copies."""
GATEWAY_LOG_BYTES, TRAIL_BYTES = 400, 150
"""Of one request's line; of one read's, compressed. Kept for a year."""
NAT_BYTES_PER_IMAGE = 20_000
"""What an ingest says to MongoDB and hears from it."""
ENDPOINTS, ZONES = 2, 2
"""Systems Manager's and SQS's; S3's own costs nothing."""
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

    `dropped` is the share of images that come by the drop folder. `ingest_mb` is the memory that ingest
    has, and is billed for.
    """

    images: int
    mean_bytes: int
    datasets: int
    stored_images: int
    api_requests: int
    downloads: int
    dropped: float
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


def sweep_pages(use: Use) -> tuple[float, float]:
    """Pages of listings that a sweep reads, and that a night's deep one reads beside them."""
    in_drop = use.images * use.dropped * DROP_DAYS / 30
    new = use.images * use.dropped / SWEEPS
    walked = min(max(SLICE, WALKED_PER_NEW * new), in_drop) / LOOKED_UP_AT_ONCE
    compared = 2 * use.stored_images / LOOKED_UP_AT_ONCE
    return 1 + walked, min(compared, DEEP_SECONDS / PAGE_SECONDS)


def bill(one: Measured, use: Use, prices: dict[str, float], mongodb_month: float) -> dict[str, float]:
    """The month's cost per service."""
    return {
        **_functions(one, use, prices),
        **_bucket(use, prices),
        **_messages_and_logs(use, prices),
        f"MongoDB: {use.mongodb}": mongodb_month,
    }


def _functions(one: Measured, use: Use, prices: dict[str, float]) -> dict[str, float]:
    memory = {name: it["lambda_memory_size"] / 1024 for name, it in functions("prod").items()}
    per_second = prices["lambda_gb_second"]
    requests = use.api_requests + use.downloads
    pages, deep_pages = sweep_pages(use)
    sweep_seconds = SWEEPS * (SWEEP_SECONDS + pages * PAGE_SECONDS) + NIGHTS * deep_pages * PAGE_SECONDS
    starts = use.images / EVENTS_PER_CONTAINER
    return {
        "Lambda: ingest": use.images * billed_ms(one, use) / 1000 * use.ingest_mb / 1024 * per_second,
        "Lambda: starts of ingest": starts * INIT_SECONDS * use.ingest_mb / 1024 * per_second,
        "Lambda: api, images served included": requests * API_SECONDS * memory["api_handler"] * per_second,
        "Lambda: sweep": sweep_seconds * memory["sweep"] * per_second,
        "Lambda: requests": (use.images + requests + SWEEPS) * prices["lambda_request"],
        "API Gateway": requests * prices["api_request"],
    }


def _bucket(use: Use, prices: dict[str, float]) -> dict[str, float]:
    kept = use.stored_images * (COPIES_KEPT * use.mean_bytes + THUMBNAIL_BYTES) / GB
    passing = use.images * use.mean_bytes / GB / 30  # gone from incoming/ within a day
    in_drop = use.images * use.dropped * use.mean_bytes * DROP_DAYS / 30 / GB
    pages, deep_pages = sweep_pages(use)
    looked_at = use.downloads * use.mean_bytes
    replies = use.api_requests * (
        LIST_ROW_BYTES * use.datasets + DETAILS_ROW_BYTES * use.stored_images / max(1, use.datasets)
    )
    return {
        "S3: requests": use.images * PUTS_PER_IMAGE * prices["s3_put"]
        + (use.images * GETS_PER_IMAGE + use.downloads) * prices["s3_get"],
        "S3: the sweep's listings": (SWEEPS * pages + NIGHTS * deep_pages) * prices["s3_put"],
        "S3: storage, trove and persist": (kept + passing) * prices["s3_gb_month"],
        "S3: storage, drop folder": in_drop * prices["s3_gb_month"],
        "Data transfer out": (looked_at + replies) / GB * prices["transfer_out_gb"],
    }


def _messages_and_logs(use: Use, prices: dict[str, float]) -> dict[str, float]:
    requests = use.api_requests + use.downloads
    reads = use.images * READS_PER_IMAGE + use.downloads
    logged = (use.images * LOG_BYTES_PER_IMAGE + requests * LOG_BYTES_PER_REQUEST) / GB
    accesses = requests * GATEWAY_LOG_BYTES / GB
    return {
        "SQS": (use.images * MESSAGES_PER_IMAGE + IDLE_POLLS) * prices["sqs_request"],
        "CloudWatch: logs": logged * (prices["logs_gb"] + 3 * prices["logs_kept_gb_month"]),
        "CloudWatch: metrics, alarms, dashboard": METRICS * prices["metric_month"]
        + ALARMS * prices["alarm_month"]
        + DASHBOARDS * prices["dashboard_month"],
        "Access logs, CloudTrail": reads * prices["trail_event"]
        + reads * TRAIL_BYTES / GB * 12 * prices["s3_gb_month"]
        + accesses * (prices["logs_gb"] + 12 * prices["logs_kept_gb_month"]),
    }


def in_a_vpc(use: Use, prices: dict[str, float]) -> dict[str, float]:
    """What comes on top where MongoDB is reached from within a VPC: one of the two."""
    through = use.images * NAT_BYTES_PER_IMAGE / GB
    return {
        "a NAT gateway": HOURS * prices["nat_hour"] + through * prices["nat_gb"],
        f"{ENDPOINTS} interface endpoints in {ZONES} zones": ENDPOINTS
        * ZONES
        * HOURS
        * prices["endpoint_hour"],
    }


def walk_days(rate: float) -> float:
    """How long the sweeps walk until they come round, where so many images a second are dropped."""
    a_sweep = max(SLICE, WALKED_PER_NEW * rate * RECENT.total_seconds())
    return rate * 86400 * DROP_DAYS / (a_sweep * SWEEPS / 30)


def ceilings(one: Measured, use: Use) -> list[tuple[str, list[str]]]:
    """What 10, 100 and 1,000 images a second ask of each part."""
    rates = (10, 100, 1000)
    busy = billed_ms(one, use) / 1000
    return [
        ("ingest functions at once", [f"{rate * busy:.0f}" for rate in rates]),
        ("puts a second, all prefixes", [f"{rate * PUTS_PER_IMAGE}" for rate in rates]),
        ("puts a second, one dataset's trove", [f"{rate}" for rate in rates]),
        ("messages a second, sent, received and deleted", [f"{rate * MESSAGES_PER_IMAGE}" for rate in rates]),
        ("MongoDB operations a second", [f"{rate * 8}" for rate in rates]),
        ("bytes in, MB a second", [f"{rate * use.mean_bytes / 1e6:.0f}" for rate in rates]),
        ("objects in the drop folder, millions", [f"{rate * 86400 * DROP_DAYS / 1e6:.0f}" for rate in rates]),
        ("days of a walk through it", [f"{walk_days(rate):,.1f}" for rate in rates]),
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
    on_top = " or ".join(f"{cost:,.2f} for {what}" for what, cost in in_a_vpc(use, prices).items())
    aws = sum(cost for service, cost in rows.items() if not service.startswith("MongoDB"))
    return "\n".join(
        [
            f"{use.images:,} new images of {use.mean_bytes / 1e6:.2f} MB a month, {use.stored_images:,} "
            f"kept, {use.datasets} datasets, {use.region}, prices of {book['as_of']}.",
            "",
            f"Ingest takes {one.cpu_ms:.1f} ms CPU for one photo ({one.cpu_from}), and at most "
            f"{one.peak_mb:.0f} MB beyond its file ({one.peak_from}); it is billed for {use.ingest_mb:,} MB. "
            f"The named rows were measured: `{RESULTS.relative_to(ROOT)}`, {one.run}. "
            f"Assumed: {use.wait_ms:g} ms of waiting per ingest; {use.dropped:.0%} of the images dropped.",
            "",
            "| service | USD a month |",
            "| --- | ---: |",
            *(f"| {service} | {cost:,.2f} |" for service, cost in rows.items()),
            f"| **in all** ({aws:,.2f} without MongoDB) | **{sum(rows.values()):,.2f}** |",
            "",
            f"Where MongoDB is reached from within a VPC, on top: {on_top}.",
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
    parser.add_argument("--wait-ms", type=float, default=225.0, help="waiting per ingest, an assumption")
    parser.add_argument("--dropped", type=float, default=1.0, help="share that comes by the drop folder")
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
        dropped=options.dropped,
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
