"""The bill: its inputs are what the system really does, and it adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from benchmarks import cost, publish
from benchmarks.table import Row
from chalicelib.bootstrap import Services
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import UploadedFile
from chalicelib.domain.users import Role, User
from chalicelib.services.sweep.run import SweepOrder
from infra import template
from testing.photos import photo_jpeg
from tests.fakes.config import a_config
from tests.unit.infra.conftest import OnMoto

BOOK = json.loads((cost.HERE / "prices.json").read_text())
ONE = cost.Measured(20.0, "`made up`", 400.0, "`made up`", "no machine")
USE = cost.Use(
    images=1_000_000,
    mean_bytes=500_000,
    datasets=100,
    stored_images=1_000_000,
    api_requests=50_000,
    downloads=100_000,
    dropped=1.0,
    wait_ms=225.0,
    ingest_mb=1769,
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
    seconds, gigabytes = (20.0 + 225.0) / 1000, 1769 / 1024
    expected = 1_000_000 * seconds * gigabytes * 0.0000166667
    assert bill(USE)["Lambda: ingest"] == pytest.approx(expected)


def test_half_a_cpu_takes_twice_as_long_for_what_is_no_waiting() -> None:
    assert cost.billed_ms(ONE, USE) == 20.0 + 225.0
    assert cost.billed_ms(ONE, replace(USE, ingest_mb=1769 // 2)) == pytest.approx(40.0 + 225.0, rel=0.01)
    assert cost.billed_ms(ONE, replace(USE, ingest_mb=3008)) == 20.0 + 225.0


def test_the_alarms_are_those_of_the_template() -> None:
    resources = template.additions({"sweep"})["Resources"].values()
    alarms = [it for it in resources if it.get("Type") == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == cost.ALARMS


def test_a_sweep_lists_the_pages_that_the_bill_counts(ports: OnMoto, services: Services) -> None:
    ports.object("drop/Cards/a.jpg", photo_jpeg(1))
    services.sweep.run(SweepOrder(exclusive=True))
    ports.operations.clear()
    services.sweep.run(SweepOrder())
    pages, _ = cost.sweep_pages(replace(USE, images=1_000))
    assert ports.operations.count("ListObjectsV2") == pages == 2


@pytest.mark.parametrize(("images", "pages"), [(1_000_000, 11), (10_000_000, 11), (100_000_000, 70.4)])
def test_a_sweeps_pages_follow_what_is_new_and_not_what_lies_there(images: int, pages: float) -> None:
    assert cost.sweep_pages(replace(USE, images=images))[0] == pytest.approx(pages, rel=0.01)


def test_an_image_that_is_looked_at_is_a_request_of_the_gateway_and_of_the_function() -> None:
    none, many = bill(replace(USE, downloads=0)), bill(replace(USE, downloads=10_000_000))
    assert many["API Gateway"] - none["API Gateway"] == pytest.approx(10_000_000 * 0.0000035)
    api = "Lambda: api, images served included"
    assert many[api] > 100 * none[api]


def test_what_is_dropped_is_kept_a_third_time_for_a_month() -> None:
    storage = "S3: storage, drop folder"
    assert bill(replace(USE, dropped=0.0))[storage] == 0
    assert bill(USE)[storage] == pytest.approx(1_000_000 * 500_000 / 1024**3 * 0.023)


def test_an_idle_stage_costs_what_its_queues_are_asked_and_its_sweeps() -> None:
    idle = bill(replace(USE, images=0, stored_images=0, api_requests=0, downloads=0))
    assert idle["SQS"] < 1
    assert idle["Lambda: sweep"] + idle["S3: the sweep's listings"] < 1
    assert idle["Lambda: ingest"] == idle["S3: requests"] == 0


@pytest.fixture
def another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept run whose figures are none of this machine's."""
    rows = [
        Row(cost.INSPECTION, 33.3, 1.0, "ms"),
        Row("PNG: memory beyond the file, 1×1", 222.0, 0.0, "MB"),
        Row("WebP: memory beyond the file, 1×1", 333.0, 0.0, "MB"),
    ]
    monkeypatch.setattr(publish, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(publish, "TABLE", tmp_path / "results.md")
    publish.keep({"One photo": rows}, "a machine of 1970")


@pytest.mark.usefixtures("another_run")
def test_the_bill_rests_on_rows_of_the_kept_run_and_names_them() -> None:
    said = cost.asked(cost.arguments([]))
    assert "33.3 ms CPU for one photo (`JPEG, baseline: inspect_image`)" in said
    assert "at most 333 MB beyond its file (`WebP: memory beyond the file, 1×1`)" in said
    assert "a machine of 1970" in said
    assert "| ingest functions at once | 3 | 26 | 258 |" in said


@pytest.mark.usefixtures("another_run")
def test_what_is_given_replaces_what_was_measured_and_is_not_called_so() -> None:
    said = cost.asked(cost.arguments(["--cpu-ms", "50", "--ingest-mb", "3008"]))
    assert "50.0 ms CPU for one photo (given)" in said
    assert "billed for 3,008 MB" in said
    assert "| ingest functions at once | 3 | 28 | 275 |" in said


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_ingest_has_memory_for_the_largest_file_and_the_picture_in_it(stage: str) -> None:
    file_mb = a_config().max_file_bytes / 1e6
    assert cost.measured().peak_mb + file_mb < cost.functions(stage)["ingest"]["lambda_memory_size"]


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
    assert rows["ingest functions at once"] == ["2", "24", "245"]


def test_the_document_shows_what_the_calculator_says_today() -> None:
    text = cost.DOCUMENT.read_text()
    today = cost.written_into(text, cost.asked(cost.arguments([])))
    assert today == text, "run: python -m benchmarks.cost --write"
