"""Who may import whom. A layer knows those below it, an engine's library stays in its adapter."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("local", "infra", "testing", "benchmarks")
"""What does not ship, beside the tests."""
SHIPPED = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]

MAY_IMPORT = {
    "__init__": set[str](),
    "domain": {"domain"},
    "ports": {"domain", "ports"},
    "imaging": {"domain", "imaging"},
    "config": {"domain"},
    "logs": set[str](),
    "version": set[str](),
    "metrics": {"domain"},
    "services": {"domain", "imaging", "ports", "services"},
    "adapters": {"domain", "ports", "adapters", "config"},
    "events": {"domain", "services", "events", "logs", "metrics"},
    "api": {"domain", "services", "api", "logs", "metrics", "config", "version", "bootstrap"},
    "bootstrap": {
        "domain",
        "ports",
        "config",
        "logs",
        "metrics",
        "services",
        "adapters",
        "bootstrap",
        "imaging",
    },
    "app": {"api", "events", "bootstrap", "config", "logs"},
}
MAY_NOT_IMPORT = {
    "local": {"tests", "testing", "benchmarks"},
    "local/demo": {"tests", "benchmarks"},
    "infra": {"tests", "testing", "benchmarks", "local"},
    "testing": {"tests", "benchmarks"},
    "benchmarks": {"tests"},
}
"""The demo is a user of a stack, as tests are; nothing else on the laptop knows what is made for tests."""
API_ROOMS = {
    "bodies": {"bodies"},
    "http": {"http", "bodies"},
    "routes": {"routes", "http", "bodies", "openapi"},
    "openapi": {"openapi", "http", "bodies"},
}
"""Which rooms of the API each of them may import at run time; bodies know the domain and nothing else."""
LIBRARY_HOMES = {
    "boto3": "chalicelib/(adapters/(s3/|sqs/)|bootstrap)",
    "botocore": "chalicelib/(adapters/(s3/|sqs/)|bootstrap)",
    "s3transfer": "chalicelib/adapters/s3/",
    "pymongo": "chalicelib/(adapters/mongo/|bootstrap)",
    "bson": "chalicelib/adapters/mongo/",
    "requests": "chalicelib/adapters/persist/http",
    "urllib3": "chalicelib/adapters/persist/http",
    "jwt": "chalicelib/adapters/tokens/",
    "chalice": "(app.py|chalicelib/api/(http|routes|openapi)/)",
    "PIL": "chalicelib/imaging/",
    "pi_heif": "chalicelib/imaging/",
    "_pi_heif": "chalicelib/imaging/",
    "numpy": "chalicelib/imaging/",
    "simplejpeg": "chalicelib/imaging/",
    "imagehash": "chalicelib/imaging/",
}
"""The beginnings of the paths that may import a library; one that is not named here may be anywhere."""
IN_THE_FUNCTION = {"boto3", "botocore", "chalice"}
"""What AWS and Chalice's packager bring along; everything else is packaged from requirements/function.in."""
MAY_READ_THE_ENVIRONMENT = {"chalicelib/bootstrap/__init__.py"}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, absolute; `for_types` if it is imported for type checkers alone."""

    name: str
    for_types: bool

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def layer(self) -> str:
        return self.name.split(".")[1]


def imports_of(source: str, package: str) -> Iterator[Import]:
    """Every name that a module of `package` imports, wherever the statement stands."""
    tree = ast.parse(source)
    for_types = {
        id(statement)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for branch in node.body
        for statement in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, id(node) in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(f"{base}.{alias.name}", id(node) in for_types) for alias in node.names)


def layer_of(path: str) -> str:
    """`services` for `chalicelib/services/intake/ingest.py`, `ports` for `chalicelib/ports/records.py`."""
    parts = path.removesuffix(".py").split("/")
    return parts[1] if len(parts) > 1 else parts[0]


def layer_faults(path: str, source: str) -> list[str]:
    """The imports of other layers that this one may not make."""
    package = ".".join(path.split("/")[:-1])
    allowed = MAY_IMPORT[layer_of(path)]
    return [
        found.name
        for found in imports_of(source, package)
        if found.package == "chalicelib" and found.layer not in allowed
    ]


def room_faults(path: str, source: str) -> list[str]:
    """The imports, by what does not ship, of what is further from the user than it."""
    package = ".".join(path.split("/")[:-1])
    forbidden = MAY_NOT_IMPORT.get(path.removesuffix(".py")) or MAY_NOT_IMPORT[path.split("/")[0]]
    return [found.name for found in imports_of(source, package) if found.package in forbidden]


def api_room_faults(path: str, source: str) -> list[str]:
    """The imports that a room of the API may not make when it runs."""
    parts = path.split("/")
    if parts[:2] != ["chalicelib", "api"] or len(parts) < 4:
        return []
    package, allowed = ".".join(parts[:-1]), API_ROOMS[parts[2]]
    at_run_time = [found for found in imports_of(source, package) if not found.for_types]
    faults = [
        found.name
        for found in at_run_time
        if found.name.startswith("chalicelib.api.")
        and (room := found.name.split(".")[2]) in API_ROOMS
        and room not in allowed
    ]
    if parts[2] == "bodies":
        faults += [
            found.name
            for found in at_run_time
            if found.package == "chalicelib" and found.layer not in ("api", "domain")
        ]
    return faults


def library_faults(path: str, source: str) -> list[str]:
    """The imports of libraries that belong elsewhere, type stubs of theirs included."""
    package = ".".join(path.split("/")[:-1])
    faults = []
    for found in imports_of(source, package):
        library = re.sub("^mypy_(boto3)_.*", r"\1", found.package)
        if not re.match(LIBRARY_HOMES.get(library, ""), path):
            faults.append(found.name)
    return faults


def purity_faults(path: str, source: str) -> list[str]:
    """What the domain imports beyond itself, the standard library and msgspec."""
    if layer_of(path) != "domain":
        return []
    package = ".".join(path.split("/")[:-1])
    pure = {*sys.stdlib_module_names, "msgspec", "chalicelib"}
    return [found.name for found in imports_of(source, package) if found.package not in pure]


def packaging_faults(path: str, source: str) -> list[str]:
    """The imports that would fail in the function, since nothing brings the package there."""
    package = ".".join(path.split("/")[:-1])
    here = {*sys.stdlib_module_names, *IN_THE_FUNCTION, "chalicelib", *_packages_of_the_requirements()}
    return [
        found.name
        for found in imports_of(source, package)
        if not found.for_types and found.package not in here
    ]


def environment_faults(path: str, source: str) -> list[str]:
    """The places that look at the environment by themselves."""
    if path in MAY_READ_THE_ENVIRONMENT:
        return []
    names = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv"}
    read = {ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    imported = {found.name for found in imports_of(source, "")}
    return sorted(names & (read | imported))


@cache
def _packages_of_the_requirements() -> set[str]:
    lines = (ROOT / "requirements" / "function.in").read_text().splitlines()
    required = {_normal(match[0]) for line in lines if (match := re.match(r"[A-Za-z0-9._-]+", line))}
    return {
        package
        for package, distributions in packages_distributions().items()
        if required.intersection(map(_normal, distributions))
    }


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


Rule = Callable[[str, str], list[str]]
RULES: list[Rule] = [
    layer_faults,
    api_room_faults,
    library_faults,
    purity_faults,
    packaging_faults,
    environment_faults,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_everything_that_ships_keeps_the_rule(rule: Rule) -> None:
    paths = {str(path.relative_to(ROOT)): path for path in SHIPPED}
    faults = {name: rule(name, path.read_text()) for name, path in paths.items()}
    assert {name: found for name, found in faults.items() if found} == {}


def test_nobody_imports_the_tests_and_only_their_users_what_is_made_for_them() -> None:
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    faults = {
        str(path.relative_to(ROOT)): room_faults(str(path.relative_to(ROOT)), path.read_text())
        for path in modules
    }
    assert len(modules) > 50
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (layer_faults, "chalicelib/domain/sizes.py", "import chalicelib.ports"),
        (layer_faults, "chalicelib/domain/sizes.py", "from ..services.ingest import Ingest"),
        (layer_faults, "chalicelib/imaging/formats/jpeg.py", "from ... import config"),
        (layer_faults, "chalicelib/services/intake/ingest.py", "from chalicelib.adapters import s3"),
        (
            layer_faults,
            "chalicelib/services/intake/ingest.py",
            "def f():\n    from chalicelib import bootstrap",
        ),
        (
            layer_faults,
            "chalicelib/adapters/s3/store.py",
            "from chalicelib.services.catalogue.browse import Browse",
        ),
        (
            layer_faults,
            "chalicelib/api/routes/files.py",
            "from chalicelib.adapters.s3.store import S3ObjectStore",
        ),
        (layer_faults, "chalicelib/ports/records.py", "if TYPE_CHECKING:\n    from ..services import browse"),
        (layer_faults, "app.py", "from chalicelib.adapters.mongo import images"),
        (library_faults, "chalicelib/services/intake/ingest.py", "import boto3"),
        (library_faults, "chalicelib/domain/model.py", "from bson import ObjectId"),
        (library_faults, "chalicelib/adapters/s3/store.py", "import requests.adapters"),
        (library_faults, "chalicelib/services/catalogue/browse.py", "from chalice.app import Response"),
        (library_faults, "chalicelib/ports/objects.py", "if TYPE_CHECKING:\n    import mypy_boto3_s3"),
        (library_faults, "chalicelib/services/intake/ingest.py", "from PIL import Image"),
        (library_faults, "chalicelib/domain/formats.py", "import numpy as np"),
        (purity_faults, "chalicelib/domain/model.py", "import yaml"),
        (purity_faults, "chalicelib/domain/model.py", "if TYPE_CHECKING:\n    from PIL import Image"),
        (packaging_faults, "chalicelib/api/http/call.py", "import local.home"),
        (packaging_faults, "chalicelib/api/http/call.py", "from tests.fakes import clock"),
        (packaging_faults, "chalicelib/api/http/call.py", "from testing.photos import photo_jpeg"),
        (packaging_faults, "chalicelib/adapters/s3/store.py", "import moto"),
        (packaging_faults, "chalicelib/adapters/s3/store.py", "from mypy_boto3_s3 import S3Client"),
        (packaging_faults, "chalicelib/domain/model.py", "import scipy"),
        (environment_faults, "chalicelib/config.py", "import os\nbucket = os.environ['NEBULA_BUCKET']"),
        (
            environment_faults,
            "chalicelib/adapters/s3/store.py",
            "import os\nbucket = os.getenv('NEBULA_BUCKET')",
        ),
        (environment_faults, "app.py", "from os import environ"),
        (room_faults, "benchmarks/stack.py", "from tests.fakes import clock"),
        (room_faults, "testing/stack.py", "def f():\n    import tests.fakes.clock"),
        (room_faults, "local/stack.py", "from testing.photos import photo_jpeg"),
        (room_faults, "infra/package.py", "import testing"),
    ],
)
def test_what_breaks_a_rule_is_found(rule: Rule, path: str, source: str) -> None:
    assert len(rule(path, source)) == 1


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (layer_faults, "chalicelib/adapters/mongo/images.py", "from .paging import Sort"),
        (layer_faults, "chalicelib/api/http/call.py", "from chalicelib import bootstrap"),
        (library_faults, "chalicelib/adapters/mongo/images.py", "from pymongo.cursor import Cursor"),
        (library_faults, "app.py", "from chalice.app import Chalice"),
        (library_faults, "chalicelib/imaging/hash.py", "import imagehash, numpy"),
        (purity_faults, "chalicelib/domain/model.py", "import msgspec, json"),
        (purity_faults, "chalicelib/imaging/hash.py", "import numpy"),
        (packaging_faults, "chalicelib/adapters/tokens/verifier.py", "import jwt, json"),
        (packaging_faults, "chalicelib/adapters/s3/store.py", "if TYPE_CHECKING:\n    import mypy_boto3_s3"),
        (environment_faults, "chalicelib/bootstrap/__init__.py", "import os\nos.environ"),
        (room_faults, "local/demo.py", "from testing.photos import photo_jpeg"),
        (room_faults, "testing/stack.py", "from local.home import Home"),
        (room_faults, "benchmarks/stack.py", "from testing import stack"),
    ],
)
def test_what_keeps_the_rules_is_let_through(rule: Rule, path: str, source: str) -> None:
    assert rule(path, source) == []
