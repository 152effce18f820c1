"""Functions for containers to run: what they do is seen from outside, by files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


class OddError(Exception):
    """One that cannot be made again from what it says."""

    def __init__(self, dependency: str, problem: str) -> None:
        super().__init__(f"{dependency} {problem}")


def handle(event: dict[str, Any], context: Any) -> None:
    """Note this process and the request under `folder`; then do what `then` says."""
    (Path(event["folder"]) / context.aws_request_id).write_text(str(os.getpid()))
    match event.get("then"):
        case "meet":
            _await(event["folder"], event["others"])
        case "raise":
            raise OddError("MongoDB", "is away")
        case "die":
            os._exit(9)
        case "sleep":
            time.sleep(60)


def _await(folder: str, others: int) -> None:
    end = time.monotonic() + 30
    while len(list(Path(folder).iterdir())) < others:
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
