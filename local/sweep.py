"""`make sweep`: finish what was left undone, beside a running stack or on other engines, and tell.

Reads `dev.env` for what the environment does not say, as every other program beside the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from chalicelib.bootstrap import Services
from chalicelib.domain.leftovers import Backlog
from chalicelib.services.intake.claim import LEASE_SECONDS
from chalicelib.services.sweep.report import CheckReport, SweepReport
from chalicelib.services.sweep.run import SweepOrder
from local.environment import checked, read_dev_env

COLUMNS = ("found", "repaired", "settled", "failed", "left")
NO_END = 24 * 3600.0


def sweep(environment: Mapping[str, str], order: SweepOrder, say: Callable[[str], None]) -> int:
    """Sweep and print the report; the exit code is 1 if something remains that was to be repaired.

    Raises:
        LaptopError: the environment does not describe a system.
    """
    services = Services(checked(environment))
    report = services.sweep.run(order)
    say(table(report))
    if not order.exclusive:
        say(
            f"What was begun less than {LEASE_SECONDS:g} s ago (objects: {order.grace_seconds:g} s) "
            "may still be under way and was left alone."
        )
    return 0 if report.is_complete or order.dry_run else 1


def table(report: SweepReport) -> str:
    """The report as text: a line per check, then what failed, what was found, and what waits."""
    width = max(len(check.name) for check in report.checks)
    lines = [" " * width + "".join(f"{column:>10}" for column in COLUMNS)]
    for check in report.checks:
        lines.append(check.name.ljust(width) + "".join(f"{getattr(check, c):>10}" for c in COLUMNS))
    for check in report.checks:
        lines += _details(check)
    lines.append(_waiting(report.backlog))
    done = "Nothing was changed: this was a dry run." if report.dry_run else f"Took {report.seconds:.1f} s."
    return "\n".join([*lines, done])


def _details(check: CheckReport) -> list[str]:
    told = check.failures or check.samples
    lines = [f"  {problem.subject}: {problem.problem}" for problem in told]
    if check.cut_off:
        lines.append("  not all was looked at: the next sweep goes on")
    if check.fault:
        lines.append(f"  the search ended: {check.fault}")
    if len(told) < (check.failed or check.found):
        lines.append(f"  … {(check.failed or check.found) - len(told)} more")
    return [f"\n{check.name}:", *lines] if lines else []


def _waiting(backlog: Backlog | None) -> str:
    if backlog is None:
        return "\nHow many uploads wait for a dependency could not be read."
    if backlog.oldest is None:
        return "\nNo upload waits for a dependency."
    since = backlog.oldest.isoformat(" ", "seconds")
    return f"\nUploads that wait for a dependency: {backlog.failed}, the oldest since {since}."


def stack_environment(dev_env: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with what a stack wrote for other programs; the environment's own goes first.

    Raises:
        LaptopError: there is no such file, and the environment does not name the engines.
    """
    if environment.get("MONGODB_URI") and not dev_env.exists():
        return dict(environment)
    return read_dev_env(dev_env) | dict(environment)
