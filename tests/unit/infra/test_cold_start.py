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
    "services.tokens, services.browse, services.accept_files, services.delete_images, services.large_replies"
)


def loaded_by(code: str, **variables: str) -> set[str]:
    """The packages that a fresh interpreter, which cannot connect to anything, holds after `code`."""
    return set(json.loads(said_by(code + REPORT, **variables)[-1]))


def said_by(code: str, **variables: str) -> list[str]:
    """The lines that a fresh interpreter, which cannot connect to anything, prints."""
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK + "import app\nfrom chalicelib import bootstrap\n" + code],
        cwd=ROOT,
        env={**ENVIRONMENT, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


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


BUILT = "print(sorted(vars(bootstrap.services())))"


@pytest.mark.parametrize(
    ("handler", "here", "not_here"),
    [
        ("app.app", {"boto3", "pymongo", "jwt"}, PICTURES),
        ("app.ingest", {"boto3", "pymongo", "PIL", "numpy"}, TOKENS_AND_FORMS),
        ("app.sweep", {"boto3", "pymongo", "PIL", "numpy"}, TOKENS_AND_FORMS),
        ("app.something", set(), PICTURES | ENGINES),
    ],
)
def test_on_lambda_a_function_loads_its_own_while_it_starts(
    handler: str, here: set[str], not_here: set[str]
) -> None:
    loaded = loaded_by("", _HANDLER=handler)
    assert here <= loaded
    assert loaded & not_here == set()


@pytest.mark.parametrize(("handler", "built"), [("app.app", "browse"), ("app.ingest", "ingest")])
def test_on_lambda_a_function_has_its_services_before_its_first_event(handler: str, built: str) -> None:
    assert built in said_by(BUILT, _HANDLER=handler)[-1]
    assert built not in said_by(BUILT)[-1]


@pytest.mark.parametrize(
    "variables",
    [{"MONGODB_URI": ""}, {"NEBULA_PARAMETERS": "/nebula/dev/MONGODB_URI"}, {"NEBULA_TOKEN_SECRET": ""}],
)
def test_a_start_that_cannot_be_prepared_is_told_and_leaves_the_rest_to_the_first_event(
    variables: dict[str, str],
) -> None:
    (line, last) = said_by("print('started')", _HANDLER="app.app", **variables)[-2:]
    assert json.loads(line)["message"] == "the container starts unprepared"
    assert last == "started"
