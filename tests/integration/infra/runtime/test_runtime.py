"""How a function runs here: as on AWS, one event at a time, and anew after its process ended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.roles import REGION
from testing.lambda_runtime.process import Function, Installation, Settings
from testing.lambda_runtime.server import EVENT_LIMIT, REPLY_LIMIT, EventTooLarge, FunctionError

HANDLER = """
import os, time
def handle(event, context):
    if event.get("exit"):
        os._exit(3)
    if event.get("fail"):
        raise ValueError("so be it")
    time.sleep(event.get("sleep", 0))
    return "x" * event["reply"] if "reply" in event else {
        "pid": os.getpid(), "name": context.function_name, "left": context.get_remaining_time_in_millis()
    }
"""
SETTINGS = Settings("small", "small.handle", 128, 20, REGION, {})


@pytest.fixture
def small(installation: Installation, tmp_path: Path) -> Iterator[Function]:
    """A function that does as its event says."""
    (tmp_path / "small.py").write_text(HANDLER)
    function = Function(replace(installation, task=tmp_path), SETTINGS, tmp_path / "log")
    yield function
    function.close()


def test_events_go_one_by_one_through_one_process_until_it_ends(small: Function) -> None:
    first, second = small.invoke({}), small.invoke({})
    with pytest.raises(FunctionError, match=r"Runtime.ExitError: the runtime ended with 3"):
        small.invoke({"exit": True})

    third = small.invoke({})

    assert first["pid"] == second["pid"] != third["pid"]
    assert first["name"] == "small"
    assert 0 < first["left"] <= 20_000
    assert small.delivered == 4


def test_what_a_function_raises_reaches_the_caller(small: Function) -> None:
    with pytest.raises(FunctionError, match="ValueError: so be it"):
        small.invoke({"fail": True})


def test_a_function_that_takes_too_long_is_ended(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(HANDLER)
    slow = Function(replace(installation, task=tmp_path), replace(SETTINGS, timeout=0.5), tmp_path / "log")
    with pytest.raises(FunctionError, match=r"Task timed out after 0\.50 seconds"):
        slow.invoke({"sleep": 60})
    slow.close()


def test_six_megabytes_go_in_and_out_and_no_more(small: Function) -> None:
    fill = EVENT_LIMIT - len(json.dumps({"reply": 1, "fill": ""}))
    assert small.invoke({"reply": 1, "fill": "x" * fill}) == "x"
    with pytest.raises(EventTooLarge):
        small.invoke({"reply": 1, "fill": "x" * (fill + 1)})

    assert len(small.invoke({"reply": REPLY_LIMIT - 2})) == REPLY_LIMIT - 2
    with pytest.raises(FunctionError, match=r"Function.ResponseSizeTooLarge"):
        small.invoke({"reply": REPLY_LIMIT - 1})

    assert small.invoke({"reply": 1}) == "x"
    assert small.delivered == 4


def test_a_handler_that_is_not_there_fails_at_the_start(installation: Installation, tmp_path: Path) -> None:
    absent = Function(replace(installation, task=tmp_path), SETTINGS, tmp_path / "log")
    with pytest.raises(FunctionError, match=r"Runtime.ImportModuleError"):
        absent.invoke({})
    absent.close()


def test_the_ingest_function_says_what_is_missing_when_it_is_not_configured(
    installation: Installation, tmp_path: Path
) -> None:
    unset = Function(installation, replace(SETTINGS, handler="app.ingest"), tmp_path / "log")
    with pytest.raises(FunctionError, match="NEBULA_BUCKET is missing"):
        unset.invoke({"Records": []})
    unset.close()


def test_the_functions_see_nothing_but_the_package_and_what_the_runtime_brings(
    installation: Installation,
) -> None:
    code = "import json, sys; print(json.dumps([sys.path, sys.base_prefix]))"
    done = subprocess.run(
        installation.command("-c", code),
        env=installation.environment(REGION),
        cwd=installation.task,
        capture_output=True,
        text=True,
        check=True,
    )
    folders, python = json.loads(done.stdout)

    assert folders[:2] == ["", str(installation.runtime)]
    assert [it for it in folders[2:] if not it.startswith(python) or "site-packages" in it] == []
