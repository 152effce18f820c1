"""The metrics that dashboards and alarms read, as they stand in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import metrics
from chalicelib.domain.rejection import RejectionKind

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


@pytest.fixture
def prod() -> Iterator[None]:
    metrics.publish_for("prod", lambda: NOW)
    yield
    metrics.publish_for(None)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def names(line: dict[str, Any]) -> set[str]:
    return {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


@pytest.mark.usefixtures("prod")
def test_a_stored_image_counts_with_its_time_and_how_long_it_waited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_at = NOW - timedelta(seconds=30)
    metrics.object_settled("stored", put_at=put_at, duration_ms=120.5, attempts=1)
    (line,) = written(capsys)
    assert names(line) == {"Stored", "IngestTime", "EventAge"}
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Nebula"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage"]]
    assert line["stage"] == "prod"
    assert line["IngestTime"] == [120.5]
    assert line["EventAge"] == [30.0]


@pytest.mark.usefixtures("prod")
def test_a_rejection_after_two_retries_counts_both_and_its_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = RejectionKind.DAMAGED
    metrics.object_settled("rejected", put_at=NOW, duration_ms=3, attempts=3, code=code)
    line, by_reason = written(capsys)
    assert (line["Rejected"], line["Retries"]) == ([1], [2])
    assert by_reason["reason"] == "damaged"
    assert set(by_reason["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == {"stage", "reason"}


@pytest.mark.usefixtures("prod")
def test_faults_failed_requests_and_sweeps_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.object_failed(NOW)
    metrics.request_failed()
    metrics.sweep_finished(4, 9)
    fault, request, sweep = written(capsys)
    assert fault["Faults"] == [1]
    assert request["UnexpectedFailures"] == [1]
    assert (sweep["SweepFindings"], sweep["SweepBacklog"]) == ([4], [9])


def test_the_laptop_writes_no_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.publish_for(None)
    metrics.request_failed()
    assert written(capsys) == []
