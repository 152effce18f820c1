"""What all tests share: their marks, and that none of them can reach a real account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.function_python import not_run

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder says what it needs."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
        if folder in ("integration", "e2e"):
            item.add_marker(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End a run that left the package unproven by saying so."""
    skipped = terminalreporter.stats.get("skipped", [])
    if left_out := not_run(str(report.longrepr) for report in skipped):
        terminalreporter.write_line(left_out, red=True, bold=True)


@pytest.fixture(autouse=True, scope="session")
def no_account() -> Iterator[None]:
    """Take away every credential that a forgotten client could use."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_ACCOUNT.items():
            patch.setenv(name, value)
        for name in NOT_FOR_TESTS:
            patch.delenv(name, raising=False)
        yield
