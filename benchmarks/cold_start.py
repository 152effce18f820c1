"""What starting a function costs: `python -m benchmarks.cold_start [--rounds 15]`.

Each start is a fresh process. The kinds take turns, so that whatever else the machine does meets all
of them alike. The floor is what no function of this kind can do without: Chalice, a boto3 client,
pymongo, Pillow and numpy, imported and nothing more. Processes begin with the same hot disk cache:
read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "cold_start.json"
TARGET = 1.4
"""The import of `app` may cost this many times the floor."""
FLOOR = "floor"
API = (
    "from chalicelib import bootstrap\n"
    "s = bootstrap.services()\ns.tokens, s.browse, s.accept_files, s.delete_images, s.large_replies"
)
KINDS = {
    FLOOR: "import chalice.app, boto3, pymongo, PIL.Image, numpy\nboto3.client('s3')",
    "import app": "import app",
    "api, ready for a request": f"import app\n{API}",
    "ingest, ready for an event": (
        "import app\nfrom chalicelib import bootstrap\nbootstrap.services().ingest"
    ),
}
FIRST_REQUESTS = {
    "what the api's first request waits for: built then": "",
    "what the api's first request waits for: built at the start, as on Lambda": "app.app",
}
"""By the handler that the start is told."""
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "MONGODB_URI": "mongodb://127.0.0.1:1/nebula",
    "NEBULA_BUCKET": "nebula-benchmark",
    "NEBULA_TOKEN_SECRET": "k" * 40,
}


def start_ms(code: str, before: str = "", handler: str = "") -> float:
    """How long a fresh interpreter takes for `code` in milliseconds, its own start and `before` aside.

    `handler` is what Lambda says that the process is for.
    """
    timed = f"from time import perf_counter as t\n{before}\nb = t()\n{code}\nprint((t() - b) * 1000)"
    done = subprocess.run(
        [sys.executable, "-c", timed],
        cwd=ROOT,
        env={**ENVIRONMENT, "PATH": os.environ["PATH"], "_HANDLER": handler},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


def measure(rounds: int) -> dict[str, list[float]]:
    """The times of each kind in milliseconds; a first round, which fills caches, is not counted."""
    starts = {kind: partial(start_ms, code) for kind, code in KINDS.items()}
    starts |= {
        kind: partial(start_ms, API, before="import app", handler=handler)
        for kind, handler in FIRST_REQUESTS.items()
    }
    times: dict[str, list[float]] = {kind: [] for kind in starts}
    for round_ in range(rounds + 1):
        for kind, start in starts.items():
            taken = start()
            if round_:
                times[kind].append(taken)
    return times


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Median, range and ratio to the floor; the ratio is the median of the rounds' own ratios."""
    return {
        kind: {
            "median_ms": round(statistics.median(taken), 1),
            "min_ms": round(min(taken), 1),
            "max_ms": round(max(taken), 1),
            "ratio": round(statistics.median(a / b for a, b in zip(taken, times[FLOOR], strict=True)), 3),
        }
        for kind, taken in times.items()
    }


def main() -> None:
    """Measure, print a table, keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    rows = summary(measure(rounds))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"rounds": rounds, "target": TARGET, "rows": rows}, indent=1) + "\n")
    print("| what is started | median ms | min–max | × floor |\n| --- | --- | --- | --- |")
    for kind, row in rows.items():
        spread = f"{row['min_ms']:.0f}–{row['max_ms']:.0f}"
        print(f"| {kind} | {row['median_ms']:.0f} | {spread} | {row['ratio']:.2f} |")


if __name__ == "__main__":
    main()
