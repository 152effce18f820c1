"""The running API keeps its own description: schemathesis attacks every operation by it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from testing.client import NebulaClient
from testing.photos import photo_jpeg
from testing.stack import ROOT, LaptopStack

EXAMPLES = 25
"""For each operation and phase. A limit of time would try less the busier the machine is."""
SEED = 20_210_520
SETTINGS = """
# Its first phase sends the same new name again and again, which the contract answers with 400.
[[operations]]
include-path = "/nebula/backend/dataset/create"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]

# "Exactly one of three keys" stands in words: generators of clients take its `oneOf` for the type.
[[operations]]
include-path = "/nebula/backend/dataset/uploads"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"""


@pytest.mark.timeout(1200)
def test_schemathesis_finds_no_answer_that_breaks_the_description(
    own_stack: LaptopStack, tmp_path: Path
) -> None:
    """On a stack of its own: what it finds it may also delete."""
    stack = own_stack
    stack.start()
    report = tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{stack.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {stack.token()}"),
        *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
        *("--mode", "all", "--seed", str(SEED), "--max-examples", str(EXAMPLES)),
        *("--request-timeout", "29", "--continue-on-failure", "--no-color", "--output-truncate", "true"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    live = {f"LIVE_{name}": value for name, value in _live_data(stack).items()}
    environment = {**os.environ, **live, "SCHEMATHESIS_HOOKS": "tests.e2e.live_data", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    said = done.stdout[-6_000:]
    assert done.returncode == 0, said + done.stderr
    tried = re.search(r"(\d+) generated", done.stdout)
    assert tried is not None, said
    assert int(tried[1]) > 800, said
    assert json.loads(report.read_text()), said


def _live_data(stack: LaptopStack) -> dict[str, str]:
    """What exists: a dataset with an image, its file, and an upload session."""
    client = NebulaClient(stack.url, stack.token())
    name = "described"
    dataset_id = client.create(name, [("a.jpg", photo_jpeg(1, 64, 48))]).json()["datasetID"]
    session = client.post(
        "/dataset/uploads", json={"datasetID": dataset_id, "files": [{"name": "b.jpg", "size": 5}]}
    )
    url = client.rows(dataset_id)[0]["url"]
    number, _, file_name = url.split("/")[-3:]
    return {
        "datasetID": dataset_id,
        "datasetName": name,
        "uploadID": session.json()["uploadID"],
        "file": f"{number}/{file_name}",
    }
