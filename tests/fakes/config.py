"""A configuration that no test needs the environment for."""

from __future__ import annotations

from chalicelib.config import LAPTOP_STAGE, Config, TokenConfig


def a_config(**changes: object) -> Config:
    """A laptop's configuration, with these changes."""
    settings: dict[str, object] = {
        "stage": LAPTOP_STAGE,
        "bucket": "nebula-test",
        "mongodb_uri": "mongodb://nowhere.test/nebula_test",
        "tokens": TokenConfig(secret="s" * 32),
    }
    return Config(**(settings | changes))  # type: ignore[arg-type]
