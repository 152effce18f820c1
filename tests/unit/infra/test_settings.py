"""The functions' settings, the package and the roles fit one another and the code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.events.sweep import DEEP_SECONDS
from chalicelib.services.intake.claim import LEASE_SECONDS
from chalicelib.services.sweep.run import SweepOrder
from infra.artefact import fits
from infra.lock import ROOT
from infra.template import event_functions

CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
STAGES = sorted(CONFIG["stages"])
GATEWAY_SECONDS = 29


def functions(stage: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = CONFIG["stages"][stage]["lambda_functions"]
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_every_function_has_its_memory_timeout_concurrency_and_role_set(stage: str) -> None:
    declared = {"api_handler"} | event_functions((ROOT / "app.py").read_text())
    assert set(functions(stage)) == declared
    wanted = {"iam_policy_file", "lambda_memory_size", "lambda_timeout", "reserved_concurrency"}
    assert all(set(settings) == wanted for settings in functions(stage).values())


@pytest.mark.parametrize("stage", STAGES)
def test_timeouts_fit_the_gateway_the_lease_and_the_sweeps_own_end(stage: str) -> None:
    assert functions(stage)["api_handler"]["lambda_timeout"] <= GATEWAY_SECONDS
    assert functions(stage)["ingest"]["lambda_timeout"] < LEASE_SECONDS
    one_repair = functions(stage)["ingest"]["lambda_timeout"]
    assert functions(stage)["sweep"]["lambda_timeout"] >= DEEP_SECONDS + one_repair
    assert SweepOrder().seconds + one_repair <= 600, "a sweep is over when the next one is due"


def test_roles_are_written_by_hand_in_both_stages() -> None:
    assert CONFIG["autogen_policy"] is False
    assert STAGES == ["dev", "prod"]


@pytest.mark.parametrize(
    ("tag", "fitting"),
    [
        ("py3-none-any", True),
        ("cp313-cp313-manylinux_2_17_x86_64", True),
        ("cp313-cp313-manylinux2014_x86_64", True),
        ("cp313-cp313-manylinux_2_28_x86_64", True),
        ("cp313-abi3-manylinux_2_34_x86_64", True),
        ("cp39-abi3-manylinux2014_x86_64", True),
        ("cp313-cp313-manylinux_2_35_x86_64", False),
        ("cp313-cp313-linux_x86_64", False),
        ("cp311-cp311-manylinux_2_17_x86_64", False),
        ("cp314-cp314-manylinux_2_17_x86_64", False),
        ("cp314-abi3-manylinux_2_17_x86_64", False),
        ("cp313-cp313t-manylinux_2_17_x86_64", False),
        ("cp313-cp313-manylinux_2_17_aarch64", False),
        ("cp313-cp313-musllinux_1_2_x86_64", False),
    ],
)
def test_only_wheels_for_the_runtime_fit(tag: str, fitting: bool) -> None:
    assert fits(tag) is fitting
