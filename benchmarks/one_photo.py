"""One photo: `inspect_image` beside the obvious pipeline, the limit and the peers.

    python -m benchmarks.one_photo [--quick]

All pipelines of a format see the same made photos in turn, in a new order each round, so that a
busy machine slows them all alike. Times are CPU times of this process, ratios are medians of the ratios
within a round, the spread is half the distance between the quartiles.

The limit of a JPEG is the faster of two builds of libjpeg-turbo decoding in colour (the thumbnail
has colours) at an eighth of the size, plus OpenSSL's SHA-256; that of the others is Pillow's decoder
plus SHA-256.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from benchmarks import photo_pipelines as pipelines
from benchmarks.peak_memory import peak_of
from chalicelib.imaging.inspect import inspect_image
from testing.heif_files import photo_heic
from testing.photos import encode, photo, photo_avif, photo_jpeg, photo_png, photo_webp

OURS = "inspect_image"
OBVIOUS = "obvious"
LIMIT = "limit"
WIDTH, HEIGHT = 2560, 1876


class Row(TypedDict):
    """One line of the table; what does not apply is None."""

    name: str
    median_ms: float | None
    spread_ms: float | None
    times_faster_than_obvious: float | None
    times_the_limit: float | None
    peak_mb: float | None
    target: str
    held: bool | None


class Targets(TypedDict, total=False):
    """What a format promises: at least so much faster than obvious, at most so much above the limit."""

    faster: float
    limit: float


Rounds = dict[str, list[float]]


def measure(quick: bool) -> list[Row]:
    """Run everything.

    Args:
        quick: few rounds on few and smaller pictures, to see that it runs.
    """
    size = (1280, 938) if quick else (WIDTH, HEIGHT)
    seeds = range(1 if quick else 4)
    rounds = 3 if quick else 8
    rows: list[Row] = []
    for name, (make, limits, targets) in _FORMATS.items():
        files = [make(seed, *size) for seed in seeds]
        contestants: dict[str, pipelines.Pipeline] = {OBVIOUS: pipelines.obvious, OURS: inspect_image}
        contestants |= limits
        if name == "JPEG, baseline":
            contestants |= pipelines.peers()
        rows += _rows(name, _run(contestants, files, rounds), list(limits), targets)
    return rows + _memory_rows(quick)


_JPEG_LIMITS: dict[str, pipelines.Pipeline] = {
    "1/8 by Pillow": pipelines.scaled_by_pillow,
    "1/8 by simplejpeg": pipelines.scaled_by_simplejpeg,
}
_PILLOW_LIMIT: dict[str, pipelines.Pipeline] = {"decoded by Pillow": pipelines.decoded_by_pillow}


def _progressive(seed: int, width: int, height: int) -> bytes:
    return photo_jpeg(seed, width, height, progressive=True)


_FORMATS: dict[str, tuple[Callable[[int, int, int], bytes], dict[str, pipelines.Pipeline], Targets]] = {
    "JPEG, baseline": (photo_jpeg, _JPEG_LIMITS, {"faster": 5.0, "limit": 1.3}),
    "JPEG, progressive": (_progressive, _JPEG_LIMITS, {"limit": 1.15}),
    "PNG": (photo_png, _PILLOW_LIMIT, {"faster": 1.25, "limit": 1.1}),
    "WebP": (photo_webp, _PILLOW_LIMIT, {"faster": 1.25, "limit": 1.1}),
    "HEIC": (photo_heic, {"decoded by libheif": pipelines.decoded_by_libheif}, {"limit": 1.2}),
    "AVIF": (photo_avif, _PILLOW_LIMIT, {"limit": 1.2}),
}


def _run(contestants: dict[str, pipelines.Pipeline], files: list[bytes], rounds: int) -> Rounds:
    """Milliseconds of CPU by contestant, one for each round and file."""
    times: Rounds = {name: [] for name in contestants}
    for pipeline in contestants.values():
        pipeline(files[0])
    # in another order each time: what one leaves in caches and heap must not always serve the same next
    order = random.Random(1)
    for _ in range(rounds):
        for data in files:
            for name in order.sample(list(contestants), len(contestants)):
                started = time.process_time()
                contestants[name](data)
                times[name].append(1000 * (time.process_time() - started))
    return times


def _rows(name: str, times: Rounds, limits: list[str], targets: Targets) -> list[Row]:
    # of two builds of one decoder, the one that is faster altogether
    best = min(limits, key=lambda limit: statistics.median(times[limit]))
    rows = []
    for contestant, own in times.items():
        faster = _median_ratio(times[OBVIOUS], own)
        above = _median_ratio(own, times[best])
        row = _empty_row(f"{name}: {contestant}" + (f" ({LIMIT})" if contestant == best else ""))
        row["median_ms"], row["spread_ms"] = statistics.median(own), _spread(own)
        row["times_faster_than_obvious"], row["times_the_limit"] = faster, above
        if contestant == OURS:
            row["target"] = _in_words(targets)
            row["held"] = faster >= targets.get("faster", 0) and above <= targets["limit"]
        rows.append(row)
    return rows


def _empty_row(name: str) -> Row:
    return Row(
        name=name,
        median_ms=None,
        spread_ms=None,
        times_faster_than_obvious=None,
        times_the_limit=None,
        peak_mb=None,
        target="",
        held=None,
    )


def _in_words(targets: Targets) -> str:
    faster = f"≥ {targets['faster']} × obvious, " if "faster" in targets else ""
    return f"{faster}≤ {targets['limit']} × limit"


def _median_ratio(numerators: list[float], denominators: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def _spread(values: list[float]) -> float:
    lower, _, upper = statistics.quantiles(values, n=4)
    return (upper - lower) / 2


_MEMORY_TARGETS = {"JPEG, baseline": 50, "JPEG, progressive": 350, "PNG": 450}


def _memory_rows(quick: bool) -> list[Row]:
    """Peak memory for the largest picture; a quarter of its sides, so a sixteenth of it all, when quick."""
    shrink = 4 if quick else 1
    picture = photo(1, 12_000 // shrink, 9_000 // shrink)
    files = {
        "JPEG, baseline": encode(picture, "JPEG"),
        "JPEG, progressive": encode(picture, "JPEG", progressive=True),
        "PNG": encode(picture, "PNG", compress_level=1),
    }
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            file = Path(folder) / "picture"
            file.write_bytes(data)
            peak = peak_of(file)
            target = _MEMORY_TARGETS[name]
            row = _empty_row(f"{name}: memory beyond the file, {picture.width}×{picture.height}")
            row["peak_mb"], row["target"], row["held"] = peak, f"< {target} MB", peak < target
            rows.append(row)
    return rows


def markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| pipeline | ms | ± | × faster than obvious | ÷ limit | peak MB | target | held |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = [
            row["name"],
            _number(row["median_ms"], 1),
            _number(row["spread_ms"], 1),
            _number(row["times_faster_than_obvious"], 2),
            _number(row["times_the_limit"], 2),
            _number(row["peak_mb"], 0),
            row["target"],
            {True: "yes", False: "no", None: ""}[row["held"]],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="see that it runs; the figures mean little")
    print(markdown(measure(arguments.parse_args().quick)))
