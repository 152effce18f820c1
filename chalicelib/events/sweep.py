"""What the sweep function does with a schedule's event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from chalicelib import logs, metrics
from chalicelib.domain.errors import NebulaError

if TYPE_CHECKING:  # the API function loads this module too, and needs no image library
    from chalicelib.services.sweep.report import SweepReport
    from chalicelib.services.sweep.run import Sweep


DEEP_SECONDS = 720.0
"""How long a deep sweep may begin something new; Lambda ends it after 900 s."""


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    """What an event may ask for; see `SweepOrder`."""

    dry_run: bool = False
    deep: bool = False
    whole: bool = False
    exclusive: bool = msgspec.field(name="alone", default=False)


class _Event(msgspec.Struct, frozen=True):
    detail: _Detail = _Detail()


class SweepNotFinished(NebulaError):
    """A part of the sweep could not even look; the others have been done."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))


def sweep_leftovers(event: Mapping[str, object], sweep: Sweep) -> dict[str, object]:
    """Sweep as the event's `detail` asks; returns the report.

    Raises:
        SweepNotFinished: a search ended in a fault. The next sweep begins anew anyway: this is
            for the alarm.
    """
    from chalicelib.services.sweep.run import SweepOrder

    detail = msgspec.convert(event, _Event).detail
    order = SweepOrder(
        dry_run=detail.dry_run, deep=detail.deep, whole=detail.whole, exclusive=detail.exclusive
    )
    report = sweep.run(replace(order, seconds=DEEP_SECONDS) if detail.deep else order)
    fields: dict[str, object] = msgspec.to_builtins(report)
    logs.log_sweep(fields)
    metrics.sweep_finished(report.found, report.backlog.failed if report.backlog else 0)
    faults = _faults(report)
    if faults:
        raise SweepNotFinished(faults)
    return fields


def _faults(report: SweepReport) -> dict[str, str]:
    return {check.name: check.fault for check in report.checks if check.fault}
