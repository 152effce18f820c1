"""Sweeps, and what they found."""

from __future__ import annotations

from chalicelib.services.sweep.report import Check, CheckReport, SweepReport
from chalicelib.services.sweep.run import SweepOrder
from tests.unit.services.world import World, assert_whole

ALL = SweepOrder(deep=True, exclusive=True)
LOOK = SweepOrder(deep=True, exclusive=True, dry_run=True)


def found(report: SweepReport) -> dict[str, CheckReport]:
    """The checks that found something, by name."""
    return {check.name: check for check in report.checks if check.found or check.fault}


def check_named(name: str, world: World) -> Check:
    """The check that reports call so."""
    (check,) = (check for check in world.services.sweep.checks if check.name == name)
    return check


def sweep(world: World, order: SweepOrder = ALL) -> dict[str, CheckReport]:
    """Sweep, a second later."""
    world.clock.advance(1)
    return found(world.services.sweep.run(order))


def assert_nothing_left(world: World, *, deleted: int = 0) -> None:
    """A sweep of a whole system finds nothing, and changes nothing."""
    before = world.objects("")
    assert sweep(world) == {}
    assert world.objects("") == before
    assert_whole(world, deleted=deleted)
