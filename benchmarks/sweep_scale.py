"""What a sweep costs beside settled drops: `python -m benchmarks.sweep_scale [--quick]`.

In a mongod of its own, with 10,000, 100,000 and 1,000,000 made receipts in a database each, and their
listing replayed as S3 writes it, at its page size. The three take turns, so that a busy minute spoils
no ratio. Each sweep goes on where the last one of its database ended, as in the cloud.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pymongo import monitoring

from benchmarks.settled_drops import ReplayedBucket, SettledDrops
from benchmarks.table import Row, compared, markdown, taking_turns
from chalicelib.adapters.mongo.indexes import apply_indexes
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.bootstrap import Adapters, Services
from chalicelib.config import Config, TokenConfig
from chalicelib.services.sweep.run import SweepOrder
from local.engines.mongod import Mongod, uri
from local.home import Home
from local.processes.ports import choose_ports
from local.processes.service import running

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (100, 1_000, 3_000)
ROUNDS, QUICK_ROUNDS = 15, 2
MOST = 1.5
"""How much more the largest may take than the smallest."""


class _Commands(monitoring.CommandListener):
    """Counts what is sent to MongoDB."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:  # noqa: ARG002 - pymongo gives it
        self.count += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


class SweepBeside:
    """A sweep of a system in which so many drops have been settled."""

    def __init__(self, port: int, count: int) -> None:
        drops = SettledDrops("nebula", count)
        config = Config("laptop", drops.bucket, uri(port, f"drops_{count}"), TokenConfig("0" * 32))
        self._bucket = ReplayedBucket(drops)
        self._adapters = Adapters(config)
        self._adapters.__dict__["store"] = S3ObjectStore(self._bucket.client, drops.bucket)
        apply_indexes(self._adapters.database)
        drops.record(self._adapters.database)
        self._services = Services(config, self._adapters)
        self.calls: list[int] = []

    def run(self, commands: _Commands) -> None:
        """One sweep, as the schedule starts it.

        Raises:
            RuntimeError: it found something, or could not look.
        """
        before = self._bucket.listings + commands.count
        report = self._services.sweep.run(SweepOrder())
        self.calls.append(self._bucket.listings + commands.count - before)
        if report.found or not report.is_complete:
            raise RuntimeError(str(report))

    def close(self) -> None:
        """End its connections."""
        self._adapters.database.client.close()


def measure(quick: bool) -> list[Row]:
    """The times of a sweep and its calls to S3 and MongoDB, by what lies beside it."""
    sizes, rounds = (QUICK_SIZES, QUICK_ROUNDS) if quick else (SIZES, ROUNDS)
    commands = _Commands()
    monitoring.register(commands)
    with _mongod() as port:
        sweeps = {size: SweepBeside(port, size) for size in sizes}
        runs = {str(size): partial(sweep.run, commands) for size, sweep in sweeps.items()}
        times = taking_turns(runs, rounds)
        for sweep in sweeps.values():
            sweep.close()
    calls = {str(size): [float(count) for count in sweep.calls[1:]] for size, sweep in sweeps.items()}
    return [*_rows("", times, "ms"), *_rows(": calls to S3 and MongoDB", calls, "")]


def _rows(what: str, found: Mapping[str, Sequence[float]], unit: str) -> Iterator[Row]:
    """A row for each size, beside the smallest."""
    smallest = next(iter(found))
    for size, values in found.items():
        name, beside = f"a sweep beside {int(size):,} settled drops{what}", f"beside {int(smallest):,}"
        at_most = None if size == smallest else MOST
        yield compared(name, values, found[smallest], beside, at_most=at_most, unit=unit)


@contextmanager
def _mongod() -> Iterator[int]:
    """A mongod on an empty folder; its port."""
    with tempfile.TemporaryDirectory(prefix="nebula-benchmark-") as folder:
        home = Home(Path(folder))
        home.prepare()
        mongod = Mongod(home, choose_ports(home.ports, ["mongod"])["mongod"])
        with running(home, mongod):
            yield mongod.port


def main() -> int:
    """Measure and print; the exit code is 1 if a target is not held in a full run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep_scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it runs; the figures mean little")
    options = parser.parse_args()
    rows = measure(options.quick)
    print(markdown({"The sweep": rows}))
    return 0 if options.quick or all(row.held is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
