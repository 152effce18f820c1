"""Generates a client from the running stack's description, and has the program beside this file use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from testing.photos import photo_jpeg
from testing.stack import LaptopStack

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
"""Node, its packages' programs' starter and the Python generators are installed beside Python."""
Generate = Callable[[Path, Path], list[str]]
"""From the description's file and an empty folder to the start of the command that uses the client."""


def used(stack: LaptopStack, folder: Path, generate: Generate, name: str) -> dict[str, Any]:
    """What the client got that `generate` makes in `folder`; its dataset is called `name`."""
    document, photo = folder / "openapi.json", folder / "photo.jpg"
    document.write_text(requests.get(f"{stack.url}/openapi.json", timeout=30).text)
    photo.write_bytes(photo_jpeg(1, 64, 48))
    server = json.loads(document.read_text())["servers"][0]["url"]
    client = folder / "client"
    client.mkdir()
    said = run([*generate(document, client), server, stack.token(), name, str(photo)], client)
    return dict(json.loads(said))


def expected(got: Mapping[str, Any]) -> dict[str, Any]:
    """What each client gets; the URLs are different every time, and held to their shape."""
    urls = got["csv"][1:]
    assert all("/api/files/" in url for url in urls)
    return {
        "created": "3",
        "pages": [["p2.jpg", "p1.jpg"], ["p0.jpg"]],
        "csv": ["url", *urls[:3]],
        "session": {"stored": 1, "rejected": 0},
    }


def run(command: list[str], folder: Path, **variables: str) -> str:
    """What a command prints, which must succeed."""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return done.stdout


def openapi_python_client(document: Path, folder: Path) -> list[str]:
    """A client in Python, on httpx and attrs."""
    config = folder / "config.yml"
    config.write_text("post_hooks: []\n")  # they would only format it
    command = [str(BIN / "openapi-python-client"), "generate", f"--path={document}", f"--config={config}"]
    run([*command, "--meta=none", f"--output-path={folder / 'nebula_client'}"], folder)
    return _with_package(folder, "use_openapi_python_client.py")


def openapi_generator_python(document: Path, folder: Path) -> list[str]:
    """A client in Python, on urllib3 and pydantic."""
    openapi_generator(document, folder, "python")
    return _with_package(folder, "use_openapi_generator.py")


def openapi_generator(document: Path, folder: Path, kind: str, *properties: str) -> None:
    """OpenAPI Generator, on the Java that comes as a package beside it."""
    command = [str(BIN / "openapi-generator-cli"), "generate", "-i", str(document), "-g", kind, "-o", "."]
    run([*command, *(f"--additional-properties={text}" for text in properties)], folder)


def _with_package(folder: Path, program: str) -> list[str]:
    return ["env", f"PYTHONPATH={folder}", sys.executable, str(HERE / program)]


def openapi_typescript(document: Path, folder: Path) -> list[str]:
    """Types in TypeScript, for openapi-fetch."""
    node_project(HERE / "typescript", folder)
    run(["node_modules/.bin/openapi-typescript", str(document), "-o", "schema.d.ts"], folder)
    return compiled(folder, "use_openapi_fetch")


def compiled(folder: Path, program: str) -> list[str]:
    """The command that runs a program, which the strict compiler takes."""
    run(["node_modules/.bin/tsc"], folder)
    return [str(BIN / "node"), str(folder / f"{program}.js")]


def node_project(source: Path, folder: Path) -> None:
    """A project of ours in `folder`, with the packages that make installed."""
    packages = source / "node_modules"
    assert packages.exists(), f"{packages} is missing: `make test` and `make clients` install it"
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(packages)
