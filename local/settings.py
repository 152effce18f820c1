"""The settings that only the laptop has; those of the system are in `chalicelib/config.py`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.config import Setting
from local.errors import LaptopError
from local.home import DEFAULT_HOME

LAPTOP_SETTINGS = (
    Setting("NEBULA_HOME", DEFAULT_HOME, "the folder that holds all state of the laptop's stack"),
    Setting("NEBULA_PORT", "8000", "the API's port on the laptop"),
    Setting(
        "NEBULA_INGEST_PROCESSES",
        "",
        "objects of a queue ingested at once; empty: two per core, at least 4",
    ),
    Setting("NEBULA_SWEEP_SECONDS", "60", "how often the sweep runs on the laptop"),
)


@dataclass(frozen=True, slots=True)
class LaptopSettings:
    """The API's port, how many objects of a queue are ingested at once, the seconds between sweeps."""

    port: int
    ingest_processes: int
    sweep_seconds: int

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> LaptopSettings:
        """Read them.

        Raises:
            LaptopError: a value is no number, or too small or too large.
        """
        return cls(
            port=_number(environment, "NEBULA_PORT", 65_535),
            ingest_processes=_number(environment, "NEBULA_INGEST_PROCESSES", 256),
            sweep_seconds=_number(environment, "NEBULA_SWEEP_SECONDS", 86_400),
        )


_DEFAULTS = {setting.variable: setting.default for setting in LAPTOP_SETTINGS}


def _number(environment: Mapping[str, str], variable: str, most: int) -> int:
    text = environment.get(variable) or _DEFAULTS[variable] or _processes()
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise LaptopError(f"{variable} is {text!r}, not a number from 1 to {most}.")
    return int(text)


def _processes() -> str:
    """Two per core, at least four."""
    return str(max(4, 2 * (os.cpu_count() or 1)))
