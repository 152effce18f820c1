"""What all tests share: their marks, and that none of them can reach a real account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.side_by_side import Scheduler, check_groups, turn_of

# The same examples in every run, and no time limit for one: a busy machine is no fault of the code.
settings.register_profile("nebula", derandomize=True, deadline=None)
settings.load_profile("nebula")

HERE = Path(__file__).parent
NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
NOT_FOR_TESTS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MONGODB_URI")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How `-n` shares the tests out."""
    return Scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder says what it needs; with `-n` also with whom it shares it, and how early it begins."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
        if folder in ("integration", "e2e"):
            item.add_marker(folder)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: turn_of(item.nodeid))
    else:
        check_groups(items)  # a worker's error would not be shown


@pytest.fixture(autouse=True, scope="session")
def no_account() -> Iterator[None]:
    """Take away every credential that a forgotten client could use."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_ACCOUNT.items():
            patch.setenv(name, value)
        for name in NOT_FOR_TESTS:
            patch.delenv(name, raising=False)
        yield
