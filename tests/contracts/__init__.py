"""What each port promises, as test classes without a store.

`tests/unit/contracts` runs them on the fakes and `tests/integration/contracts` on the real engines,
so that a test that passes on a fake says something about the engine.
"""

from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module.stem}" for module in Path(__file__).parent.glob("[a-z]*.py"))
)
