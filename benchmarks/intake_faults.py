"""A long intake while everything is killed under it: `python -m benchmarks.intake_faults`.

Starts a stack of its own on an empty folder, with a persist service over HTTP as a process of its
own, and lets files flow in by the drop folder and an upload session. In the middle of every part it
does the next fault of the cycle: kill -9 of the whole stack, of mongod, of the S3 server, of the
ingest worker, and each way in which the persist service can fail. Then it waits until every file has
an end and counts. The same seed gives the same files and faults.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

from testing.intake_faults import Accounts, Fault, Intake, kill_all, kill_one, make_files, persist_fails
from testing.persist_server.faults import Fault as PersistFault
from testing.persist_server.faults import RemotePersistServer
from testing.persist_server.process import persist_process
from testing.stack import LaptopStack

SWEEP_SECONDS = "10"


def fault_cycle(persist: RemotePersistServer) -> list[Fault]:
    """The faults, in the order in which they come round."""
    return [
        kill_all,
        kill_one("mongod"),
        persist_fails(persist, PersistFault("refuse", status=503), times=12),
        kill_one("seaweedfs"),
        persist_fails(persist, PersistFault("cut"), times=4),
        kill_one("worker"),
        persist_fails(persist, PersistFault("hang"), times=2),
        kill_all,
        persist_fails(persist, PersistFault("cut_after"), times=4),
        persist_fails(persist, PersistFault("late", seconds=20), times=2),
    ]


def told(fault: Fault) -> Fault:
    """The fault, named as it happens."""

    def tell(intake: Intake) -> None:
        print(f"{time.strftime('%H:%M:%S')} {fault.__name__.replace('_', ' ')}", flush=True)
        fault(intake)

    return tell


def report(accounts: Accounts, persist: RemotePersistServer, seconds: float) -> str:
    """The figures, one a line."""
    copies = Counter(file.sha256 for file in persist.files)
    lines = {
        "files dropped": accounts.files,
        "faults injected": accounts.faults,
        "images": accounts.images,
        "rejections": accounts.rejections,
        "doubles": accounts.doubles,
        "losses": accounts.losses,
        "wrong ends": accounts.wrong_ends,
        "differences of counts and trove": len(accounts.differences),
        "files at persist": copies.total(),
        "of them again, since no answer could be recorded": copies.total() - len(copies),
        "seconds": round(seconds),
    }
    text = "\n".join(f"{name + ':':52}{value:>8}" for name, value in lines.items())
    return "\n".join([text, *accounts.differences])


def main() -> int:
    """Run and print; the exit code is 1 if a file was lost, doubled or mistaken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake_faults", description=__doc__)
    parser.add_argument("--files", type=int, default=2_000, help="default: 2000")
    parser.add_argument("--faults", type=int, default=20, help="default: 20")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, persist_process() as persist:
        settings = {"NEBULA_SWEEP_SECONDS": SWEEP_SECONDS, "NEBULA_PERSIST_URL": persist.url}
        stack = LaptopStack(Path(home), settings)
        began = time.monotonic()
        try:
            stack.start()
            faults = [told(fault) for fault in islice(cycle(fault_cycle(persist)), options.faults)]
            accounts = Intake(stack, make_files(options.files, options.seed)).run(faults)
            print(report(accounts, persist, time.monotonic() - began))
        finally:
            stack.stop()
    return 0 if accounts.are_in_order else 1


if __name__ == "__main__":
    sys.exit(main())
