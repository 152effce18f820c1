"""Builds adapters and services, once per container; the only place that knows them all.

Everything is built when it is first asked for, and imported then: the API's function never loads
what decodes pictures, the ingest function never loads what checks tokens, and importing `app`
connects to nothing. On Lambda each function builds its own part while it starts (`prepare`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from chalicelib import logs, metrics
from chalicelib.bootstrap.adapters import Adapters
from chalicelib.bootstrap.built import BUILDING
from chalicelib.bootstrap.services import Services
from chalicelib.config import BUCKET, FRONTEND_ORIGIN, LAPTOP_STAGE, PARAMETERS, Config, origins_in
from chalicelib.domain.layout import Layout

__all__ = [
    "Adapters",
    "Services",
    "apply_indexes",
    "frontend_origins",
    "hide_persist_names",
    "prepare",
    "services",
    "use",
]

_services: Services | None = None


def services() -> Services:
    """This container's services, configured from the environment at the first call."""
    global _services
    if _services is None:
        with BUILDING:
            if _services is None:
                _services = _configured()
    return _services


def _configured() -> Services:
    config = Config.from_env(_environment())
    logs.set_level(config.log_level)
    metrics.publish_for(None if config.stage == LAPTOP_STAGE else config.stage)
    return Services(config)


def prepare() -> None:
    """Build what the first event of Lambda's handler (`app.ingest`) would wait for; elsewhere, nothing.

    There, a container's start is billed as its work is. Nothing connects but what reads the secrets.
    What fails here is tried again, and told to whom it concerns, at the first event.
    """
    handler = os.environ.get("_HANDLER", "")
    name = handler.rpartition(".")[2]
    build = next((build for start, build in _FIRST_NEEDED.items() if name.startswith(start)), None)
    if build is None:
        return
    try:
        build(services())
    except Exception as error:  # noqa: BLE001 - whatever it is, a start that fails would hide it
        logs.log_fault("the container starts unprepared", error, {"handler": handler})


_FIRST_NEEDED: dict[str, Callable[[Services], object]] = {
    "app": lambda s: (
        s.tokens,
        s.audit,
        s.browse,
        s.accept_files,
        s.delete_images,
        s.large_replies,
        s.persisted_files,
    ),
    "ingest": lambda s: s.ingest,
    "sweep": lambda s: s.sweep,
}
"""By how a handler's name begins. `app` is the API's."""


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


def hide_persist_names() -> int:
    """Move images that an older release stored to keys that tell no URL; how many there were."""
    from chalicelib.adapters.persist.embedded import hide_names
    from chalicelib.adapters.s3.client import s3_client
    from chalicelib.adapters.s3.store import S3ObjectStore

    return hide_names(S3ObjectStore(s3_client(), os.environ[BUCKET]), Layout())


def apply_indexes() -> None:
    """Create the MongoDB indexes that are missing, in the database that a function would use."""
    from chalicelib.adapters.mongo.indexes import apply_indexes as apply

    apply(Adapters(Config.from_env(_environment())).database)
