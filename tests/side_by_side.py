"""What pytest-xdist hands to one worker as a whole.

A scheduler of our own, since xdist 3.8 loses the groups of `xdist_group` with pytest 9.2
(pytest-dev/pytest-xdist#1386); what tests share follows from where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

ONE_BY_ONE = (
    "tests/e2e/test_api_description.py",
    "tests/e2e/test_faults.py",
    "tests/e2e/test_restart.py",
    "tests/e2e/test_retry.py",
    "tests/integration/infra/test_make_deploy.py",
    "tests/integration/local/test_stack.py",
)
"""Each of their tests starts a stack, or an AWS, that serves nobody else: nothing takes longer."""
STACK_OF_ONE_MODULE = "tests/e2e/security/test_privacy.py"
SHARED_STACK = "the shared stack"
DEPLOYED = "the deployed package"
CHECKOUT = "the newcomer's checkout"


def group_of(nodeid: str) -> str:
    """What of a test must stay together: tests of one group run on one worker, in their order.

    One stack serves all tests of it, so do the one that the package is deployed as and that of a
    newcomer's checkout, and a module's tests share its fixtures.
    """
    module, _, _ = nodeid.partition("::")
    if module in ONE_BY_ONE:
        return nodeid
    if module.startswith("tests/e2e/newcomer/"):
        return CHECKOUT
    if module.startswith("tests/e2e/") and module != STACK_OF_ONE_MODULE:
        return SHARED_STACK
    return DEPLOYED if module.startswith("tests/integration/infra/runtime/") else module


def turn_of(nodeid: str) -> int:
    """When a test's group begins: what takes long first, so that nobody waits for it at the end."""
    group = group_of(nodeid)
    if group in (SHARED_STACK, DEPLOYED, CHECKOUT):
        return 1
    if group in (nodeid, STACK_OF_ONE_MODULE):
        return 0
    return 2 if nodeid.startswith("tests/integration/") else 3


def check_groups(items: Sequence[pytest.Item]) -> None:
    """See that whatever uses the shared stack is in its group.

    It is the fixture `stack` of `tests/e2e/`; elsewhere that name means something else.

    Raises:
        UsageError: a module stands in the wrong table above.
    """
    for item in items:
        shares = item.nodeid.startswith("tests/e2e/") and "stack" in getattr(item, "fixturenames", ())
        if shares and group_of(item.nodeid) != SHARED_STACK:
            raise pytest.UsageError(f"{item.nodeid} uses the shared stack: say so in {__name__}")


class Scheduler(LoadScopeScheduling):
    """Sends whole groups to workers, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
