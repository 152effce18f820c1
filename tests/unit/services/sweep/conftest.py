"""A whole system on fakes, for the sweep to work on."""

from __future__ import annotations

import pytest

from tests.unit.services.world import World


@pytest.fixture
def world() -> World:
    return World()
