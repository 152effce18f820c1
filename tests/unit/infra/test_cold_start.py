"""What each function loads when it starts: its own, and not the other's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from infra.lock import ROOT

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "MONGODB_URI": "mongodb://127.0.0.1:1/nebula",
    "NEBULA_BUCKET": "nebula-test",
    "NEBULA_TOKEN_SECRET": "k" * 40,
    "PATH": "",
}
NO_NETWORK = """
import socket, sys
def refuse(*_):
    raise AssertionError("something connects at start")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
REPORT = """
import json
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
PICTURES = {"PIL", "numpy", "simplejpeg", "imagehash"}
ENGINES = {"boto3", "pymongo", "requests"}
TOKENS_AND_FORMS = {"jwt", "multipart"}
API = (
    "services = bootstrap.services()\n"
    "services.tokens, services.browse, services.accept_files, services.delete_images, services.exports"
)


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh interpreter, which cannot connect to anything, holds after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK + "import app\nfrom chalicelib import bootstrap\n" + code + REPORT],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return loaded_by("")


def test_importing_the_app_loads_no_engine_and_no_picture_library(imported: set[str]) -> None:
    assert imported & (PICTURES | ENGINES) == set()


def test_importing_the_app_loads_neither_tokens_nor_forms(imported: set[str]) -> None:
    assert imported & TOKENS_AND_FORMS == set()


def test_the_api_loads_no_picture_library() -> None:
    loaded = loaded_by(API)
    assert loaded & PICTURES == set()
    assert {"boto3", "pymongo", "jwt"} <= loaded


def test_ingest_loads_neither_tokens_nor_forms() -> None:
    loaded = loaded_by("bootstrap.services().ingest")
    assert loaded & TOKENS_AND_FORMS == set()
    assert {"boto3", "pymongo", "PIL", "numpy"} <= loaded


def test_nothing_loads_the_packages_that_do_not_ship() -> None:
    assert loaded_by("bootstrap.services().ingest") & {"scipy", "pywt"} == set()
