"""What exact counts cost: images recorded a second, beside plain writes of the same documents.

Run `python -m benchmarks.counts`. It starts a mongod and an S3 server of its own on an empty folder
and measures, at 1, 8 and 64 at once into one dataset:

- `plain`: insert the image, `$inc` the dataset's document, update the receipt. A crash in between
  leaves a wrong count.
- `exact`: what ingest does, `MongoImages.record`: one transaction.
- `hot document`: the same transaction, but with the count in the dataset's document.
- `whole ingest`: the ingest function on the events of small photos, with all that it does beside
  counting. All of them share one interpreter here; in the cloud each has a container of its own.

The designs take turns within every round. A rate is the median of the rounds; a share is the median
of each round's own share, so that what else the machine does falls on both alike. At the end the
totals are compared with a recount.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor

from bson import ObjectId

from benchmarks.counting_designs import Design, Rows, exact, hot_document, plain
from benchmarks.engines import own_engines
from benchmarks.whole_ingest import WholeIngest
from chalicelib import logs
from chalicelib.adapters.mongo.datasets import MongoDatasets
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.bootstrap import Adapters
from chalicelib.config import Config
from chalicelib.domain.images import ImageState

AT_ONCE = {1: 60, 8: 160, 64: 320}
"""How many images so many at once record in a round: few, so that designs take turns often."""
EXACT = ("exact", "whole ingest")


class Rates:
    """Images a second, by design and how many at once, round by round."""

    def __init__(self) -> None:
        self._rates: dict[tuple[str, int], list[float]] = {}

    def add(self, design: str, at_once: int, rate: float) -> None:
        """One round's rate."""
        self._rates.setdefault((design, at_once), []).append(rate)

    def median(self, design: str, at_once: int) -> float:
        """The rate in images a second."""
        return statistics.median(self._rates[design, at_once])

    def share(self, design: str, at_once: int) -> float:
        """The rate as a share of the plain one, 1 being the same."""
        pairs = zip(self._rates[design, at_once], self._rates["plain", at_once], strict=True)
        return statistics.median(rate / plain for rate, plain in pairs)


def measure(designs: Mapping[str, Design], rows: Rows, rounds: int) -> tuple[Rates, int]:
    """The rates of all designs, and the sum of all drifts of the exact ones (0)."""
    rates, drift = Rates(), 0
    pools = {at_once: ThreadPoolExecutor(at_once) for at_once in AT_ONCE}
    for round_ in range(-1, rounds):  # the first one warms up
        for at_once, pool in pools.items():
            for name, design in designs.items():
                rate = _rate(design, round(AT_ONCE[at_once] * design.share), pool)
                if name in EXACT:
                    drift += abs(_drift(rows, design))
                if round_ >= 0:
                    rates.add(name, at_once, rate)
    for pool in pools.values():
        pool.shutdown()
    return rates, drift


def _rate(design: Design, count: int, pool: Executor) -> float:
    """Images a second."""
    calls: list[Callable[[], object]] = list(design.prepare(count, pool))
    began = time.perf_counter()
    list(pool.map(lambda call: call(), calls))
    return count / (time.perf_counter() - began)


def _drift(rows: Rows, design: Design) -> int:
    """By how many images the totals of its last dataset differ from a recount."""
    dataset_id = design.dataset()
    live = rows["images"].count_documents({"datasetID": ObjectId(dataset_id), "state": ImageState.LIVE.value})
    return live - MongoDatasets(rows).totals(dataset_id).images


def main() -> None:
    """Measure and print the table of `docs/counts.md`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="measured rounds (default: 21)")
    options = parser.parse_args()
    logs.set_level("WARNING")
    with own_engines() as variables:
        os.environ.update(variables)  # where boto3 looks
        config = Config.from_env(variables)
        adapters = Adapters(config)
        rows = adapters.database
        apply_indexes(rows)
        designs: dict[str, Design] = {
            "plain": plain(rows),
            "exact": exact(rows),
            "hot document": hot_document(rows),
            "whole ingest": WholeIngest(config, adapters),
        }
        version = rows.client.server_info()["version"]
        rates, drift = measure(designs, rows, options.rounds)
        rows.client.close()
    print(f"mongod {version}, {platform.machine()}, {options.rounds} rounds; images a second\n")
    print("| at once, into one dataset | " + " | ".join(map(str, AT_ONCE)) + " |")
    print("| --- |" + " --- |" * len(AT_ONCE))
    for name in designs:
        cells = [f"{rates.median(name, n):.0f} ({rates.share(name, n):.0%})" for n in AT_ONCE]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\nExact totals differ from a recount by {drift} images.")


if __name__ == "__main__":
    main()
