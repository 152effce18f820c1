"""The bill: its inputs are what the system really does, and it adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain

import pytest

from benchmarks import cost
from chalicelib.bootstrap import Services
from chalicelib.domain.model import ObjectKey, Role, User
from chalicelib.services.accept_files import UploadedFile
from local.photos import photo_jpeg
from tests.unit.infra.conftest import OnMoto

BOOK = json.loads((cost.HERE / "prices.json").read_text())
ONE = cost.Measured(cpu_ms=20.0, peak_mb=110.0, photo="made up")
USE = cost.Use(
    images=1_000_000,
    mean_bytes=500_000,
    datasets=100,
    stored_images=1_000_000,
    api_requests=50_000,
    downloads=100_000,
    wait_ms=150.0,
    region="us-east-1",
    mongodb="M30",
)


def bill(use: cost.Use) -> dict[str, float]:
    return cost.bill(ONE, use, BOOK["regions"][use.region], 400.0)


def test_one_image_costs_the_requests_that_the_bill_counts(ports: OnMoto, services: Services) -> None:
    services.accept_files.create("Cards", [UploadedFile("a.jpg", photo_jpeg(1))], User("ann", Role.ADMIN))
    (version,) = ports.store.list(ObjectKey("incoming/"))
    assert services.ingest.ingest(version, "1").state == "stored"
    operations = [operation for operation in ports.operations if operation != "ListObjectsV2"]
    puts = [operation for operation in operations if operation in ("PutObject", "CopyObject")]
    gets = [operation for operation in operations if operation in ("GetObject", "HeadObject")]
    assert (len(puts), len(gets)) == (cost.PUTS_PER_IMAGE, cost.GETS_PER_IMAGE)


def test_twice_the_images_cost_twice_the_ingest_and_the_requests() -> None:
    once, twice = bill(USE), bill(replace(USE, images=2 * USE.images))
    assert twice["Lambda: ingest"] == pytest.approx(2 * once["Lambda: ingest"])
    assert twice["CloudWatch: metrics, alarms, dashboard"] == once["CloudWatch: metrics, alarms, dashboard"]
    assert once["S3: requests"] < twice["S3: requests"] <= 2 * once["S3: requests"]


def test_ingest_is_billed_for_its_memory_and_its_time() -> None:
    seconds, gigabytes = (20.0 + 150.0) / 1000, 1769 / 1024
    expected = 1_000_000 * seconds * gigabytes * 0.0000166667
    assert bill(USE)["Lambda: ingest"] == pytest.approx(expected)


def test_every_region_has_every_price() -> None:
    names = [set(prices) for prices in BOOK["regions"].values()]
    assert all(one == names[0] for one in names)
    assert all(value > 0 for prices in BOOK["regions"].values() for value in flat(prices))


def flat(prices: dict[str, object]) -> list[float]:
    tiers = prices["mongodb_hour"]
    assert isinstance(tiers, dict)
    return [*(v for v in prices.values() if isinstance(v, float)), *chain(tiers.values())]


def test_a_hundredfold_rate_needs_a_hundred_times_the_functions() -> None:
    rows = dict(cost.ceilings(ONE, USE))
    assert rows["ingest functions at once"] == ["2", "17", "170"]


def test_the_document_shows_what_the_calculator_says_today() -> None:
    text = cost.DOCUMENT.read_text()
    use = replace(USE, region="eu-central-1")
    assert cost.written_into(text, cost.report(cost.measured(again=False), use)) == text
