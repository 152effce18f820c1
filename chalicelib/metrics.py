"""The metrics: lines of the log in CloudWatch's embedded metric format, which cost no request.

Every metric bears the stage as its dimension; rejections are also counted by their
code. On the laptop nobody would read them, so none are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chalicelib.domain.clock import utc_now
from chalicelib.domain.rejection import RejectionKind

NAMESPACE = "Nebula"

_stage: str | None = None
_now: Callable[[], datetime] = utc_now


def publish_for(stage: str | None, now: Callable[[], datetime] = utc_now) -> None:
    """Write metrics from now on as this stage's, by this clock; None: write none."""
    global _stage, _now
    _stage, _now = stage, now


def object_settled(
    state: str, *, put_at: datetime, duration_ms: float, attempts: int, code: RejectionKind | None = None
) -> None:
    """One object became an image or a rejection, `attempts` tries and `duration_ms` after it began.

    `code` is a rejection's.
    """
    values = {"IngestTime": (duration_ms, MetricUnit.Milliseconds), "EventAge": _age(put_at)}
    values[state.capitalize()] = (1, MetricUnit.Count)
    if attempts > 1:
        values["Retries"] = (attempts - 1, MetricUnit.Count)
    _write(values)
    if code is not None:
        _write({"RejectedBy": (1, MetricUnit.Count)}, {"reason": code})


def object_failed(put_at: datetime) -> None:
    """An attempt at an object ended with a dependency's fault."""
    _write({"Faults": (1, MetricUnit.Count), "EventAge": _age(put_at)})


def request_failed() -> None:
    """A request ended in an error that is not the caller's."""
    _write({"UnexpectedFailures": (1, MetricUnit.Count)})


def sweep_finished(findings: int, backlog: int) -> None:
    """A sweep is through: so many things were found undone, so many uploads still wait."""
    _write({"SweepFindings": (findings, MetricUnit.Count), "SweepBacklog": (backlog, MetricUnit.Count)})


def _age(put_at: datetime) -> tuple[float, MetricUnit]:
    return max(0.0, (_now() - put_at).total_seconds()), MetricUnit.Seconds


def _write(
    values: Mapping[str, tuple[float, MetricUnit]], dimensions: Mapping[str, str] | None = None
) -> None:
    if _stage is None:
        return
    line = EphemeralMetrics(namespace=NAMESPACE)
    for dimension, of in {"stage": _stage, **(dimensions or {})}.items():
        line.add_dimension(dimension, of)
    for name, (value, unit) in values.items():
        line.add_metric(name, unit, value)
    line.flush_metrics()
