"""The metrics: lines of the log in CloudWatch's embedded metric format, which cost no request.

Every metric bears the stage as its dimension; rejections are also counted by the class of their
reason. On the laptop nobody would read them, so none are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chalicelib.domain.clock import utc_now

NAMESPACE = "Nebula"

REASON_CLASSES = {
    "damaged": r"cut off|damaged|malformed|ends (before|inside)",
    "empty": r"\bis empty\b",
    "unsupported": r"not supported|not an image|pictures \(animated",
    "over-limit": r"at most|more than|declares a picture|splits its pixels",
    "not-as-declared": r"declared",
    "misplaced": r"folder|announced|file name",
    "gone": r"was removed|was replaced",
}
"""What uploaders read, in a few classes: a dimension with many values would be many metrics."""
OTHER_REASON = "other"

_stage: str | None = None
_now: Callable[[], datetime] = utc_now


def publish_for(stage: str | None, now: Callable[[], datetime] = utc_now) -> None:
    """Write metrics from now on as this stage's, by this clock; None: write none."""
    global _stage, _now
    _stage, _now = stage, now


def reason_class(reason: str) -> str:
    """The class that a rejection's reason belongs to."""
    found = (name for name, words in REASON_CLASSES.items() if re.search(words, reason))
    return next(found, OTHER_REASON)


def object_settled(
    state: str, *, put_at: datetime, duration_ms: float, attempts: int, reason: str | None = None
) -> None:
    """One object became an image or a rejection, `attempts` tries and `duration_ms` after it began."""
    values = {"IngestTime": (duration_ms, MetricUnit.Milliseconds), "EventAge": _age(put_at)}
    values[state.capitalize()] = (1, MetricUnit.Count)
    if attempts > 1:
        values["Retries"] = (attempts - 1, MetricUnit.Count)
    _write(values)
    if reason is not None:
        _write({"RejectedBy": (1, MetricUnit.Count)}, {"reason": reason_class(reason)})


def object_failed(put_at: datetime) -> None:
    """An attempt at an object ended with a neighbour's fault."""
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
