"""The laptop's processes that work in threads import what these need before the first one starts.

Two threads that import the same packages at once may lock each other out: Python then ends one of them
with a deadlock error, and the process with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "NEBULA_BUCKET": "b",
    "MONGODB_URI": "mongodb://127.0.0.1:1/nebula",
    "NEBULA_TOKEN_SECRET": "0" * 32,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.mark.parametrize(
    ("module", "handler"), [("local.functions.worker", "app.sweep"), ("local.gateway.app", "app.app")]
)
def test_what_threads_need_is_there_before_they_start(module: str, handler: str) -> None:
    """In a process of its own, since this one has imported all."""
    source = (ROOT / (module.replace(".", "/") + ".py")).read_text()
    starts = min(
        source.index(start) for start in ("_in_background(sweep", "serve(Gateway(") if start in source
    )
    assert 0 < source.index(f'prepare("{handler}")') < starts
    code = (
        f"import app, sys; from chalicelib.bootstrap import prepare; prepare({handler!r});"
        "print(*sorted({'pymongo', 'boto3'} - set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **SETTINGS}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "", "")
