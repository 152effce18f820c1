"""The package: what it holds. That it runs as on AWS is shown in `runtime/`."""

from __future__ import annotations

import zipfile
from pathlib import Path

from infra import artefact
from infra.lock import LOCK, canonical, pins
from infra.template import Template


def test_the_package_is_small_enough_and_holds_only_what_the_functions_need(
    built: Path, expanded: Template
) -> None:
    found = artefact.inspect(built / "deployment.zip", expanded)
    assert found.problems == []
    assert found.zipped < 50_000_000
    assert found.unzipped < 110_000_000


def test_the_package_holds_exactly_the_locked_wheels(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        metadata = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    installed = {
        canonical(name): version
        for name, version in (folder.removesuffix(".dist-info").split("-", 1) for folder in metadata)
    }
    assert installed == pins(LOCK.read_text())


def test_the_package_holds_every_module_that_the_functions_are_made_of(built: Path) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        names = set(archive.namelist())
    root = LOCK.parent
    ours = {str(path.relative_to(root)) for path in (root / "chalicelib").rglob("*.py")}
    assert {"app.py", *ours} <= names
