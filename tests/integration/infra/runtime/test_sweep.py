"""The schedule's events, and the indexes, from the zip under AWS's runtime."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.adapters.mongo.indexes import INDEXES
from infra.roles import ACCOUNT, REGION
from infra.template import Template
from testing.client import NebulaClient
from testing.lambda_runtime.events import scheduled
from testing.photos import photo_jpeg
from tests.integration.infra.runtime.conftest import Deployed


def rules(expanded: Template) -> dict[str, dict[str, Any]]:
    """The schedule's rules that start the sweep, by their names in the template."""
    return {
        name: resource["Properties"]
        for name, resource in expanded["Resources"].items()
        if resource["Type"] == "AWS::Events::Rule"
    }


def names_of(report: dict[str, Any]) -> set[str]:
    return {check["name"] for check in report["checks"]}


def subjects_of(report: dict[str, Any]) -> str:
    """All that the sweep found, in one text."""
    return "\n".join(sample["subject"] for check in report["checks"] for sample in check["samples"])


def test_every_event_of_the_schedule_is_a_sweep_without_a_fault(
    deployed: Deployed, expanded: Template
) -> None:
    reports = {
        name: deployed.sweep.invoke(scheduled(rule, REGION, ACCOUNT))
        for name, rule in rules(expanded).items()
    }

    assert set(reports) == {"SweepRegularly", "SweepEveryNight"}
    assert [
        check["fault"] for report in reports.values() for check in report["checks"] if check["fault"]
    ] == []
    assert names_of(reports["SweepEveryNight"]) > names_of(reports["SweepRegularly"])
    assert not any(report["dry_run"] for report in reports.values())


def test_a_file_whose_event_was_lost_becomes_an_image_by_the_sweep(
    deployed: Deployed, admin: NebulaClient
) -> None:
    key = "drop/Lost event/a b.jpg"
    deployed.bucket.put(key, photo_jpeg(5))
    told = deployed.sweep.invoke({"detail": {"alone": True, "dryRun": True}})
    assert "Lost event" not in admin.datasets()

    swept = deployed.sweep.invoke({"detail": {"alone": True}})
    again = deployed.sweep.invoke({"detail": {"alone": True}})

    assert [key in subjects_of(report) for report in (told, swept, again)] == [True, True, False]
    (row,) = admin.rows(admin.datasets()["Lost event"]["uniqueID"])
    assert row["name"] == "a b.jpg"


@pytest.mark.usefixtures("indexes_said")
def test_the_package_makes_every_index_with_the_uri_from_parameter_store(deployed: Deployed) -> None:
    there = {name: set(deployed.database[name].index_information()) for name in INDEXES}

    assert there == {
        name: {"_id_", *(it.document["name"] for it in models)} for name, models in INDEXES.items()
    }
