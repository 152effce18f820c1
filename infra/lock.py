"""Writes `requirements.lock`: every wheel that ships, with its hash (`make lock`).

`requirements.txt` says what the code uses; this resolves it for the runtime and notes the one
wheel of each package. What ships is installed from the lock alone.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from infra.runtime import LAMBDA_RUNTIME, report_install

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "requirements.lock"

LEFT_OUT = {
    "scipy": "imagehash asks for it, and imports it only inside phash(); ours is numpy's (120 MB saved)",
    "pywavelets": "imagehash asks for it, and imports it only inside whash() (10 MB saved)",
}
"""Packages that the resolver finds and that do not ship, each with the reason."""

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.M)


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, str]:
    """The exact versions in a requirements file, by canonical name."""
    return {canonical(name): version for name, version in _PINNED.findall(text)}


def lock_text(report: dict[str, list[dict[str, object]]]) -> str:
    """The lock file for what pip's report would install."""
    lines = []
    for item in report["install"]:
        wheel = json.loads(json.dumps(item))
        name, version = canonical(wheel["metadata"]["name"]), wheel["metadata"]["version"]
        if name not in LEFT_OUT:
            digest = wheel["download_info"]["archive_info"]["hashes"]["sha256"]
            lines.append(f"{name}=={version} --hash=sha256:{digest}")
    head = [
        f"# Every wheel that ships into the function ({LAMBDA_RUNTIME}, x86_64, glibc 2.26), by hash.",
        "# Written by `make lock` from requirements.txt; not to be edited. Left out on purpose:",
        *(f"#   {name}: {reason}" for name, reason in LEFT_OUT.items()),
    ]
    return "\n".join([*head, *sorted(lines), ""])


def main() -> None:
    """Resolve and write."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        report_install(REQUIREMENTS, report)
        LOCK.write_text(lock_text(json.loads(report.read_text())))
    print(f"{LOCK.name}: {len(pins(LOCK.read_text()))} wheels")


if __name__ == "__main__":
    main()
