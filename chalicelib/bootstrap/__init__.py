"""Builds adapters and services, once per container; the only place that knows them all.

Everything is built when it is first asked for, and imported then: the API's function never loads
what decodes pictures, the ingest function never loads what checks tokens, and importing `app`
connects to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from chalicelib import logs, metrics
from chalicelib.bootstrap.adapters import Adapters
from chalicelib.bootstrap.services import Services
from chalicelib.config import FRONTEND_ORIGIN, LAPTOP_STAGE, PARAMETERS, Config, origins_in

__all__ = ["Adapters", "Services", "apply_indexes", "frontend_origins", "services", "use"]

_services: Services | None = None


def services() -> Services:
    """This container's services, configured from the environment at the first call."""
    global _services
    if _services is None:
        config = Config.from_env(_environment())
        logs.set_level(config.log_level)
        metrics.publish_for(None if config.stage == LAPTOP_STAGE else config.stage)
        _services = Services(config)
    return _services


def frontend_origins() -> tuple[str, ...]:
    """The pages that may call the API: needed when routes are registered, before anything is built."""
    return origins_in(os.environ.get(FRONTEND_ORIGIN, ""))


def _environment() -> Mapping[str, str]:
    """The environment, and the secrets that it only names: they lie in Parameter Store."""
    names = os.environ.get(PARAMETERS)
    if not names:
        return os.environ
    from chalicelib.adapters.parameters import read_parameters

    return {**os.environ, **read_parameters(names.split(","))}


@contextmanager
def use(replacement: Services) -> Iterator[None]:
    """Let `services()` give `replacement` for a while: the seam for tests."""
    global _services
    before, _services = _services, replacement
    try:
        yield
    finally:
        _services = before


def apply_indexes() -> None:
    """Create the MongoDB indexes that are missing, in the database that a function would use."""
    from chalicelib.adapters.mongo.indexes import apply_indexes as apply

    apply(Adapters(Config.from_env(_environment())).database)
