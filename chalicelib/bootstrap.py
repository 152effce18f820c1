"""Builds adapters and services, once per container; the only place that knows them all.

Everything is built when it is first asked for, and imported then: the API's function never loads
what decodes pictures, the ingest function never loads what checks tokens, and importing `app`
connects to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from chalicelib import logs, metrics
from chalicelib.config import ANY_ORIGIN, FRONTEND_ORIGIN, LAPTOP_STAGE, PARAMETERS, Config

if TYPE_CHECKING:
    from pymongo.database import Database

    from chalicelib.adapters.mongo.connection import Document
    from chalicelib.adapters.persist_embedded import EmbeddedPersist
    from chalicelib.ports import (
        AuditStore,
        DatasetStore,
        ImageStore,
        IngestTrigger,
        LeftoverStore,
        ObjectStore,
        PersistedFiles,
        PersistService,
        ReceiptStore,
        SessionStore,
        TokenVerifier,
        TotalsStore,
    )
    from chalicelib.services.accept_files import AcceptFiles
    from chalicelib.services.audit import Audit
    from chalicelib.services.browse import Browse
    from chalicelib.services.claim_upload import ClaimUpload
    from chalicelib.services.delete_images import DeleteImages
    from chalicelib.services.exports import Exports
    from chalicelib.services.health import CheckHealth
    from chalicelib.services.ingest import Ingest
    from chalicelib.services.receipts import Receipts
    from chalicelib.services.sweep.run import Sweep
    from chalicelib.services.upload_sessions import UploadSessions

POOL_THREADS = 24
"""For waits, not for work: puts and copies of files that are under way at once."""


class Ports(Protocol):
    """What the services stand on: the real adapters, or a test's fakes."""

    @property
    def store(self) -> ObjectStore: ...
    @property
    def datasets(self) -> DatasetStore: ...
    @property
    def images(self) -> ImageStore: ...
    @property
    def receipts(self) -> ReceiptStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def audit(self) -> AuditStore: ...
    @property
    def trigger(self) -> IngestTrigger: ...
    @property
    def persist(self) -> PersistService: ...
    @property
    def persisted_files(self) -> PersistedFiles: ...
    @property
    def leftovers(self) -> LeftoverStore: ...
    @property
    def totals(self) -> TotalsStore: ...
    @property
    def tokens(self) -> TokenVerifier: ...


class Adapters:
    """The real adapters. None of them connects before its first call."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def database(self) -> Database[Document]:
        """The MongoDB database."""
        from chalicelib.adapters.mongo.connection import connect

        return connect(self._config.mongodb_uri)

    @cached_property
    def store(self) -> ObjectStore:
        """The bucket."""
        from chalicelib.adapters.s3 import S3ObjectStore
        from chalicelib.adapters.s3_connection import s3_client

        return S3ObjectStore(s3_client(), self._config.bucket)

    @cached_property
    def datasets(self) -> DatasetStore:
        """The datasets."""
        from chalicelib.adapters.mongo.datasets import MongoDatasets

        return MongoDatasets(self.database)

    @cached_property
    def images(self) -> ImageStore:
        """The images."""
        from chalicelib.adapters.mongo.images import MongoImages

        return MongoImages(self.database)

    @cached_property
    def receipts(self) -> ReceiptStore:
        """The receipts."""
        from chalicelib.adapters.mongo.receipts import MongoReceipts

        return MongoReceipts(self.database)

    @cached_property
    def sessions(self) -> SessionStore:
        """The upload sessions."""
        from chalicelib.adapters.mongo.sessions import MongoSessions

        return MongoSessions(self.database)

    @cached_property
    def audit(self) -> AuditStore:
        """The audit records."""
        from chalicelib.adapters.mongo.audit import MongoAudit

        return MongoAudit(self.database)

    @cached_property
    def trigger(self) -> IngestTrigger:
        """Starts the ingest function."""
        from chalicelib.adapters.ingest_trigger import LambdaIngestTrigger, lambda_client

        return LambdaIngestTrigger(lambda_client(), self._config.ingest_function, self._config.bucket)

    @cached_property
    def persist(self) -> PersistService:
        """The persist service: over HTTP where a URL is configured, else the embedded one."""
        if self._config.persist_url:
            from chalicelib.adapters.persist_http import HttpPersist

            return HttpPersist(self._config.persist_url)
        from chalicelib.adapters.persist_embedded import EmbeddedPersist

        return EmbeddedPersist(self.store, self._config.layout)

    @cached_property
    def persisted_files(self) -> PersistedFiles:
        """The files of every persist service that was ever configured."""
        from chalicelib.adapters.persist_http_downloads import HttpDownloads
        from chalicelib.adapters.persisted_files import PersistedFileReader

        return PersistedFileReader(self.store, self._config.layout, HttpDownloads())

    @cached_property
    def leftovers(self) -> LeftoverStore:
        """What a crash may have left undone."""
        from chalicelib.adapters.mongo.leftovers import MongoLeftovers

        return MongoLeftovers(self.database)

    @cached_property
    def totals(self) -> TotalsStore:
        """The upkeep of the counters."""
        from chalicelib.adapters.mongo.totals import MongoTotals

        return MongoTotals(self.database)

    @cached_property
    def tokens(self) -> TokenVerifier:
        """Who a token belongs to."""
        from chalicelib.adapters.tokens import JwtVerifier

        self._config.tokens.require()
        return JwtVerifier(self._config.tokens)


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Services:
    """The services of one container."""

    def __init__(
        self, config: Config, ports: Ports | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.config = config
        self._ports: Ports = ports or Adapters(config)
        self._now = now

    @property
    def tokens(self) -> TokenVerifier:
        """Who a token belongs to."""
        return self._ports.tokens

    @cached_property
    def accept_files(self) -> AcceptFiles:
        """Create and update."""
        from chalicelib.services.accept_files import AcceptFiles

        return AcceptFiles(
            store=self._ports.store,
            datasets=self._ports.datasets,
            receipts=self._ports.receipts,
            pool=self._pool,
            layout=self.config.layout,
            wait_seconds=self.config.wait_seconds,
            now=self._now,
        )

    @cached_property
    def browse(self) -> Browse:
        """List, details and URLs."""
        from chalicelib.services.browse import Browse

        return Browse(datasets=self._ports.datasets, images=self._ports.images)

    @cached_property
    def delete_images(self) -> DeleteImages:
        """Delete."""
        from chalicelib.services.delete_images import DeleteImages

        return DeleteImages(
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            browse=self.browse,
            layout=self.config.layout,
            now=self._now,
        )

    @cached_property
    def upload_sessions(self) -> UploadSessions:
        """The road for large uploads."""
        from chalicelib.services.upload_sessions import UploadSessions

        return UploadSessions(
            store=self._ports.store,
            datasets=self._ports.datasets,
            receipts=self._ports.receipts,
            sessions=self._ports.sessions,
            layout=self.config.layout,
            max_file_bytes=self.config.max_file_bytes,
            now=self._now,
        )

    @cached_property
    def receipts(self) -> Receipts:
        """What became of every upload."""
        from chalicelib.services.receipts import Receipts

        return Receipts(
            store=self._ports.store,
            receipts=self._ports.receipts,
            trigger=self._ports.trigger,
            pool=self._pool,
        )

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        from chalicelib.services.audit import Audit

        return Audit(store=self._ports.audit, now=self._now)

    @cached_property
    def health(self) -> CheckHealth:
        """Which neighbours answer."""
        from chalicelib.services.health import CheckHealth

        return CheckHealth(
            store=self._ports.store,
            datasets=self._ports.datasets,
            pool=self._pool,
            layout=self.config.layout,
        )

    @cached_property
    def exports(self) -> Exports:
        """Replies too large to return."""
        from chalicelib.services.exports import Exports

        return Exports(store=self._ports.store, layout=self.config.layout)

    @cached_property
    def persisted_files(self) -> EmbeddedPersist:
        """The files that the embedded persist store serves, also after another service took over."""
        from chalicelib.adapters.persist_embedded import EmbeddedPersist

        return EmbeddedPersist(self._ports.store, self.config.layout)

    @cached_property
    def ingest(self) -> Ingest:
        """What happens to every object that comes in."""
        from chalicelib.domain.inspection import InspectionLimits
        from chalicelib.services.image_files import ImageFiles
        from chalicelib.services.ingest import Ingest

        files = ImageFiles(
            store=self._ports.store,
            images=self._ports.images,
            receipts=self._ports.receipts,
            persist=self._ports.persist,
            pool=self._pool,
            layout=self.config.layout,
        )
        return Ingest(
            claims=self._claims,
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            receipts=self._ports.receipts,
            files=files,
            layout=self.config.layout,
            max_file_bytes=self.config.max_file_bytes,
            inspection_limits=InspectionLimits(max_pixels=self.config.max_pixels),
            now=self._now,
        )

    @cached_property
    def _claims(self) -> ClaimUpload:
        from chalicelib.services.claim_upload import ClaimUpload

        return ClaimUpload(
            store=self._ports.store,
            datasets=self._ports.datasets,
            images=self._ports.images,
            receipts=self._ports.receipts,
            bucket=self.config.bucket,
            layout=self.config.layout,
            drop_user=self.config.drop_user,
            now=self._now,
        )

    @cached_property
    def sweep(self) -> Sweep:
        """What finishes that which events, crashes or neighbours left undone."""
        from chalicelib.services.sweep.intake import UnfinishedObjects
        from chalicelib.services.sweep.lost_files import LostFiles
        from chalicelib.services.sweep.missing_objects import MissingObjects
        from chalicelib.services.sweep.run import Sweep
        from chalicelib.services.sweep.stray_objects import StrayObjects
        from chalicelib.services.sweep.totals import ScatteredCounters, WrongTotals
        from chalicelib.services.sweep.unsettled_images import AbandonedNames, UnfinishedRemovals

        ports, layout, claims = self._ports, self.config.layout, self._claims
        store, leftovers, datasets = ports.store, ports.leftovers, ports.datasets
        images, receipts = ports.images, ports.receipts
        # Names come free before new images ask for them; what uploads leave in trove comes last.
        checks = (
            UnfinishedRemovals(leftovers=leftovers, delete_images=self.delete_images),
            AbandonedNames(
                store=store,
                leftovers=leftovers,
                datasets=datasets,
                images=images,
                receipts=receipts,
                layout=layout,
            ),
            LostFiles(
                store=store,
                leftovers=leftovers,
                receipts=receipts,
                sessions=ports.sessions,
                claims=claims,
                now=self._now,
            ),
            UnfinishedObjects(
                store=store, leftovers=leftovers, claims=claims, ingest=self.ingest, layout=layout
            ),
            ScatteredCounters(ports.totals),
        )
        deep_checks = (
            StrayObjects(
                store=store,
                leftovers=leftovers,
                datasets=datasets,
                images=images,
                layout=layout,
                now=self._now,
            ),
            MissingObjects(
                store=store,
                leftovers=leftovers,
                datasets=datasets,
                images=images,
                receipts=receipts,
                persisted_files=ports.persisted_files,
                layout=layout,
            ),
            WrongTotals(datasets=datasets, totals=ports.totals),
        )
        return Sweep(checks=checks, deep_checks=deep_checks, leftovers=leftovers, now=self._now)

    @cached_property
    def _pool(self) -> Executor:
        return ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="nebula")


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


def frontend_origin() -> str:
    """The pages that may call the API: needed when routes are registered, before anything is built."""
    return os.environ.get(FRONTEND_ORIGIN) or ANY_ORIGIN


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
    """Create the MongoDB indexes that are missing."""
    from chalicelib.adapters.mongo.indexes import apply_indexes as apply

    apply(Adapters(Config.from_env(os.environ)).database)
