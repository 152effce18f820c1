"""The folder that the newcomer's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .checkout import Checkout, a_checkout


@pytest.fixture(scope="package")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A clone's folder with a running stack."""
    made = a_checkout(tmp_path_factory.mktemp("clone"))
    try:
        made.stack.start()
        yield made
    finally:
        made.stack.stop()
