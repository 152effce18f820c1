"""What all tests share: their marks, and that none of them can reach a real account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

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
OWN_STACKS = {"own_stack", "laptop"}
"""Fixtures that are a stack of one test's own."""
NOT_FOR_TESTS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MONGODB_URI")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test's folder says what it needs, with whom it shares that, and how early it begins."""
    side_by_side = config.pluginmanager.hasplugin("xdist")
    for item in items:
        room, *_ = folder = _folder(item)
        if room in ("integration", "e2e"):
            item.add_marker(room)
        group = _group(item, folder)
        if side_by_side and group:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_turn)


def _folder(item: pytest.Item) -> tuple[str, ...]:
    """Where a test stands below `tests/`."""
    return item.path.relative_to(HERE).parts[:-1] if item.path.is_relative_to(HERE) else ("",)


def _group(item: pytest.Item, folder: tuple[str, ...]) -> str | None:
    """What of a test must not be torn apart when tests run side by side; None if it is by itself.

    One stack serves all tests of it, one package is built in one folder, and a module's tests share
    its fixtures. A stack of a test's own is what takes longest, and serves nobody else.
    """
    fixtures = set(getattr(item, "fixturenames", ()))
    if "stack" in fixtures:
        return "the shared stack"
    if folder == ("integration", "infra"):
        return "the package"
    return None if fixtures & OWN_STACKS else str(item.path)


def _turn(item: pytest.Item) -> int:
    """What takes long begins first, so that nobody waits for it at the end."""
    room, *_ = _folder(item)
    if room == "e2e":
        return 1 if "stack" in getattr(item, "fixturenames", ()) else 0
    return 2 if room == "integration" else 3


@pytest.fixture(autouse=True, scope="session")
def no_account() -> Iterator[None]:
    """Take away every credential that a forgotten client could use."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_ACCOUNT.items():
            patch.setenv(name, value)
        for name in NOT_FOR_TESTS:
            patch.delenv(name, raising=False)
        yield
