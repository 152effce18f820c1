"""The sweep's view of the stores in memory keeps what the port promises."""

from __future__ import annotations

import pytest

from tests.contracts.leftovers import LeftoversContract, SweptStores
from tests.fakes.ports import InMemoryPorts


class TestInMemoryLeftovers(LeftoversContract):
    @pytest.fixture
    def stores(self) -> SweptStores:
        return InMemoryPorts()
