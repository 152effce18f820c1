"""What the sweep consists of. Imported when it is first asked for: no other function needs the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.bootstrap.adapters import Adapters
from chalicelib.config import Config
from chalicelib.services.catalogue.delete_images import DeleteImages
from chalicelib.services.intake.claim import ClaimUpload
from chalicelib.services.intake.ingest import Ingest
from chalicelib.services.sweep.failed_events import GivenUpEvents
from chalicelib.services.sweep.intake import UnfinishedObjects
from chalicelib.services.sweep.missing_objects import MissingObjects
from chalicelib.services.sweep.open_uploads import OpenUploads
from chalicelib.services.sweep.report import Check
from chalicelib.services.sweep.run import Sweep
from chalicelib.services.sweep.stray_objects import StrayObjects
from chalicelib.services.sweep.totals import ScatteredCounters, WrongTotals
from chalicelib.services.sweep.unsettled_images import AbandonedNames, UnfinishedRemovals

Now = Callable[[], datetime]


def build_sweep(
    config: Config,
    ports: Adapters,
    now: Now,
    *,
    claims: ClaimUpload,
    ingest: Ingest,
    delete_images: DeleteImages,
) -> Sweep:
    """The sweep of a system.

    Names come free before new images ask for them. The longest comes last, since a check gets an
    equal part of the time that those before it have left; what uploads leave in trove comes after it.
    """
    checks = (
        *_failed_events(config, ports),
        UnfinishedRemovals(leftovers=ports.leftovers, delete_images=delete_images),
        _abandoned_names(config, ports, now),
        ScatteredCounters(totals=ports.totals),
        *_intake(config, ports, now, claims, ingest),
    )
    deep_checks = tuple(_mirror(config, ports, now))
    return Sweep(checks=checks, deep_checks=deep_checks, leftovers=ports.leftovers, now=now)


def _failed_events(config: Config, ports: Adapters) -> Iterator[Check]:
    """The dead-letter queue, where there is one: a laptop has none."""
    if config.failed_events:
        yield GivenUpEvents(failed_events=ports.failed_events)


def _abandoned_names(config: Config, ports: Adapters, now: Now) -> Check:
    return AbandonedNames(
        store=ports.store,
        leftovers=ports.leftovers,
        datasets=ports.datasets,
        images=ports.images,
        receipts=ports.receipts,
        layout=config.layout,
        now=now,
    )


def _intake(
    config: Config, ports: Adapters, now: Now, claims: ClaimUpload, ingest: Ingest
) -> Iterator[Check]:
    """What came in and has not ended."""
    yield OpenUploads(
        store=ports.store,
        leftovers=ports.leftovers,
        receipts=ports.receipts,
        sessions=ports.sessions,
        claims=claims,
        ingest=ingest,
        now=now,
    )
    yield UnfinishedObjects(
        store=ports.store,
        leftovers=ports.leftovers,
        cursors=ports.cursors,
        claims=claims,
        ingest=ingest,
        layout=config.layout,
    )


def _mirror(config: Config, ports: Adapters, now: Now) -> Iterator[Check]:
    """What a comparison of the mirror and the totals with all images finds."""
    yield StrayObjects(
        store=ports.store,
        leftovers=ports.leftovers,
        datasets=ports.datasets,
        images=ports.images,
        cursors=ports.cursors,
        layout=config.layout,
        now=now,
    )
    yield MissingObjects(
        store=ports.store,
        leftovers=ports.leftovers,
        datasets=ports.datasets,
        images=ports.images,
        receipts=ports.receipts,
        persisted_files=ports.persisted_files,
        cursors=ports.cursors,
        layout=config.layout,
        now=now,
    )
    yield WrongTotals(datasets=ports.datasets, totals=ports.totals, cursors=ports.cursors)
