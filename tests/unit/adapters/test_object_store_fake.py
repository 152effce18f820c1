"""The bucket in memory keeps what an object store promises."""

from __future__ import annotations

import pytest

from tests.contracts.object_store import ObjectStoreContract
from tests.fakes.object_store import InMemoryBucket


class TestInMemoryBucket(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> InMemoryBucket:
        return InMemoryBucket()
