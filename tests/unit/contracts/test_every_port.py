"""Every port is promised to by one contract or more, which hold its fake and its real adapter alike."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

import tests.contracts
from chalicelib import ports
from tests.fakes.crashes import port_names
from tests.fakes.ports import InMemoryPorts

TESTS = Path(__file__).parents[2]
PORTS = [
    port
    for module in pkgutil.iter_modules(ports.__path__, "chalicelib.ports.")
    for port in vars(importlib.import_module(module.name)).values()
    if inspect.isclass(port) and issubclass(port, Protocol) and port.__module__ == module.name
]
names = pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)


@cache
def contracts() -> list[type[Any]]:
    """Every contract, as a class without a store."""
    folder = Path(tests.contracts.__path__[0])
    modules = [importlib.import_module(f"tests.contracts.{file.stem}") for file in folder.glob("[a-z]*.py")]
    return [
        found
        for module in modules
        for found in vars(module).values()
        if inspect.isclass(found) and found.__name__.endswith("Contract")
    ]


@cache
def runs() -> set[tuple[str, bool]]:
    """Which contract is run, and whether by a module that knows adapters: else it is the fake's run."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        source = file.read_text()
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                is_real = "from chalicelib.adapters" in source
                found |= {(base.id, is_real) for base in node.bases if isinstance(base, ast.Name)}
    return found


def test_the_ports_are_those_that_services_stand_on() -> None:
    assert len(PORTS) == len(port_names()) >= 12
    assert {type(getattr(InMemoryPorts(), name)).__module__.split(".")[0] for name in port_names()} == {
        "tests"
    }


@names
def test_each_contract_of_a_port_is_run_on_the_fake_and_on_the_real_one(port: type[Any]) -> None:
    held_by = [contract.__name__ for contract in contracts() if port in contract.holds]
    assert held_by, f"no contract holds {port.__name__}"
    wanted = {(name, is_real) for name in held_by for is_real in (False, True)}
    assert wanted - runs() == set()


@names
def test_each_method_of_a_port_is_called_by_its_contracts(port: type[Any]) -> None:
    sources = "\n".join(
        inspect.getsource(inspect.getmodule(contract) or contract)
        for contract in contracts()
        if port in contract.holds
    )
    methods = {name for name, member in vars(port).items() if inspect.isfunction(member) and name[0] != "_"}
    assert methods, "a port without a method"
    assert {name for name in methods if not re.search(rf"\.{name}\b", sources)} == set()
