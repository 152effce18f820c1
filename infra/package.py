"""Builds what is deployed: `python -m infra.package --stage dev` (`make package`).

In a staging folder of its own, so that nothing else of the checkout can slip in: the app, its
settings, and the locked wheels as `vendor/`. Chalice zips that and writes the template. Its own
resolver has nothing to do: the staging folder's requirements.txt is empty.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from infra import artefact, template
from infra.lock import LOCK, ROOT
from infra.prune import prune
from infra.runtime import LAMBDA_RUNTIME, install, run

BUILD = ROOT / ".build"
SHIPPED = ("app.py", "chalicelib", ".chalice")


def vendor(build: Path) -> Path:
    """The folder of locked, pruned wheels; installed again only when it or the runtime has changed."""
    folder, installed = build / "vendor", build / "vendor.lock"
    wanted = f"# {LAMBDA_RUNTIME}\n{LOCK.read_text()}"
    if not installed.exists() or installed.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        install(LOCK, folder)
        prune(folder)
        installed.write_text(wanted)
    return folder


def stage_sources(build: Path) -> Path:
    """The staging folder that Chalice is run on."""
    staging = build / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "deployed", "deployments")
            shutil.copytree(source, staging / name, ignore=ignored)
        else:
            shutil.copy2(source, staging / name)
    (staging / "requirements.txt").touch()
    (staging / "vendor").symlink_to(vendor(build).resolve())
    return staging


def package(stage: str, build: Path = BUILD) -> Path:
    """Build `<build>/<stage>/`: deployment.zip, sam.json and expanded.json.

    Raises:
        SystemExit: it cannot be built; the message says why.
    """
    out = build / stage
    shutil.rmtree(out, ignore_errors=True)
    staging = stage_sources(build)
    additions = build / "additions.json"
    functions = template.event_functions((ROOT / "app.py").read_text())
    template.write(template.additions(functions), additions)
    chalice = str(Path(sys.executable).with_name("chalice"))
    environment = {"AWS_DEFAULT_REGION": template.REGIONS[0], **os.environ}
    said = run(
        [chalice, "--project-dir", str(staging), "package", "--stage", stage,
         "--merge-template", str(additions), str(out)],
        environment,
    )  # fmt: skip
    if "Could not install" in said:
        raise SystemExit(said)
    by_chalice = json.loads((out / "sam.json").read_text())
    written = template.with_runtime(template.completed(by_chalice, stage), LAMBDA_RUNTIME)
    template.write(written, out / "sam.json")
    template.write(template.expanded(written), out / "expanded.json")
    return out


def main() -> None:
    """Build a stage and report its sizes; exit with 1 if it must not be deployed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default="dev", choices=("dev", "prod"))
    out = package(parser.parse_args().stage)
    found = artefact.inspect(out / "deployment.zip", json.loads((out / "expanded.json").read_text()))
    print(f"{out.relative_to(ROOT)}: {found.zipped:,} bytes zipped, {found.unzipped:,} unzipped")
    if found.problems:
        raise SystemExit("\n".join(found.problems))


if __name__ == "__main__":
    main()
