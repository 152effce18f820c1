"""What a finished package holds, and what it must not."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from infra.runtime import LAMBDA_RUNTIME, NEWEST_GLIBC_MINOR, PLATFORMS, TAG
from infra.template import Template, functions_of

ZIPPED_LIMIT = 50 * 1024 * 1024
"""What Lambda takes as a direct upload."""
UNZIPPED_LIMIT = 110 * 1024 * 1024
"""Well under Lambda's 250 MB: what is unpacked is also read at every cold start."""
FORBIDDEN = re.compile(
    r"^(tests|testing|local|benchmarks|infra|web|docs|vendor|\.chalice|\.git|boto3|botocore|s3transfer|moto|pytest|mypy"
    r"|hypothesis|pip|setuptools|scipy|pywt|fiftyone|waitress|samtranslator|cfnlint|chalice/(cli|deploy))(/|$)"
    r"|(^|/)(tests|__pycache__)/|^chalicelib/.*(?<!\.py)$"
)
_TAG = re.compile(r"^Tag: (\S+)$", re.M)
_NEEDS_GLIBC = re.compile(rb"\0GLIBC_2\.(\d+)")
"""How a library names the version of glibc that a symbol comes from."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """Sizes in bytes, the tags of each wheel, and everything that is wrong with a package."""

    zipped: int
    unzipped: int
    files: int
    wheels: dict[str, list[str]] = field(repr=False)
    problems: list[str]


def inspect(package: Path, template: Template) -> Artefact:
    """Look into a package, and whether the template runs it on what it is built for."""
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
        unzipped = sum(entry.file_size for entry in archive.infolist())
        wheels = {
            name.split(".dist-info")[0]: _TAG.findall(archive.read(name).decode())
            for name in names
            if name.endswith(".dist-info/WHEEL")
        }
        problems = _misfits(archive) + other_runtimes(template)
    zipped = package.stat().st_size
    problems += [f"{name} does not belong into the package" for name in names if FORBIDDEN.search(name)]
    problems += [f"{wheel} is built for {tags}" for wheel, tags in wheels.items() if not any(map(fits, tags))]
    if zipped > ZIPPED_LIMIT:
        problems.append(f"zipped it has {zipped} bytes, over {ZIPPED_LIMIT}")
    if unzipped > UNZIPPED_LIMIT:
        problems.append(f"unzipped it has {unzipped} bytes, over {UNZIPPED_LIMIT}")
    return Artefact(zipped, unzipped, len(names), wheels, problems)


def fits(tag: str) -> bool:
    """Whether a wheel's tag, such as `cp313-cp313-manylinux_2_17_x86_64`, fits the runtime."""
    python, abi, platform = tag.split("-")
    if platform == "any":
        return python in ("py3", "py2", "py2.py3") and abi == "none"
    stable = abi == "abi3" and python.startswith("cp3") and int(python[3:]) <= int(TAG[3:])
    return (stable or (python, abi) == (TAG, TAG)) and platform in PLATFORMS


def other_runtimes(template: Template) -> list[str]:
    """The functions that a template, SAM's or expanded, would run on another Python than the wheels'."""
    return [
        f"{name} is to run on {properties.get('Runtime')}, the package is built for {LAMBDA_RUNTIME}"
        for name, properties in functions_of(template).items()
        if properties.get("Runtime") != LAMBDA_RUNTIME
    ]


def _misfits(archive: zipfile.ZipFile) -> list[str]:
    """Libraries that need a newer glibc than the runtime has, whatever their wheel's tag says."""
    found = []
    for name in archive.namelist():
        if ".so" in name:
            needs = max(map(int, _NEEDS_GLIBC.findall(archive.read(name))), default=0)
            if needs > NEWEST_GLIBC_MINOR:
                found.append(f"{name} needs glibc 2.{needs}")
    return found
