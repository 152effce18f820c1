"""What importing the app costs and needs: next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app import app

ROOT = Path(__file__).parents[4]


def in_a_bare_process(code: str) -> str:
    """Run code where no variable is set, and no socket may be opened."""
    guard = "import socket\ndef refuse(*_): raise AssertionError\nsocket.socket.connect = refuse\n"
    done = subprocess.run(
        [sys.executable, "-c", guard + code], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_app_connects_to_nothing_and_needs_no_variable() -> None:
    in_a_bare_process("import app")


def test_importing_the_app_loads_no_engine_and_no_image_library() -> None:
    heavy = "{'boto3', 'pymongo', 'requests', 'PIL', 'numpy', 'jwt'}"

    assert in_a_bare_process(f"import sys, app; print(sorted({heavy} & set(sys.modules)))").strip() == "[]"


def test_the_app_is_a_table_of_contents() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 60


def test_chalice_judges_no_content_type_before_the_token_is_checked() -> None:
    entries = [entry for methods in app.routes.values() for entry in methods.values()]

    assert [entry.view_name for entry in entries if entry.content_types] == []
