"""What the services stand on: the real adapters, each built when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.bootstrap.built import built
from chalicelib.config import Config

if TYPE_CHECKING:
    from pymongo.database import Database

    from chalicelib.adapters.mongo.connection import Document
    from chalicelib.ports import objects, records, services, upkeep


class Adapters:
    """One adapter for each port. None of them connects before its first call.

    Tests override what they have a fake for.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    @built
    def database(self) -> Database[Document]:
        """The MongoDB database."""
        from chalicelib.adapters.mongo.connection import connect

        return connect(self._config.mongodb_uri, self._config.mongodb_connections)

    @built
    def now(self) -> Callable[[], datetime]:
        """The clock of all records."""
        from chalicelib.adapters.mongo.clock import MongoClock

        return MongoClock(self.database)

    @built
    def store(self) -> objects.ObjectStore:
        """The bucket."""
        from chalicelib.adapters.s3.client import s3_client
        from chalicelib.adapters.s3.store import S3ObjectStore

        return S3ObjectStore(s3_client(), self._config.bucket)

    @built
    def datasets(self) -> records.DatasetStore:
        """The datasets."""
        from chalicelib.adapters.mongo.datasets import MongoDatasets

        return MongoDatasets(self.database)

    @built
    def images(self) -> records.ImageStore:
        """The images."""
        from chalicelib.adapters.mongo.images import MongoImages

        return MongoImages(self.database, self.now)

    @built
    def receipts(self) -> records.ReceiptStore:
        """The receipts."""
        from chalicelib.adapters.mongo.receipts import MongoReceipts

        return MongoReceipts(self.database, self.now)

    @built
    def sessions(self) -> records.SessionStore:
        """The upload sessions."""
        from chalicelib.adapters.mongo.sessions import MongoSessions

        return MongoSessions(self.database, self.now)

    @built
    def audit(self) -> upkeep.AuditStore:
        """The audit records."""
        from chalicelib.adapters.mongo.audit import MongoAudit

        return MongoAudit(self.database)

    @built
    def trigger(self) -> services.IngestTrigger:
        """Sends objects into the queues of the intake."""
        from chalicelib.adapters.sqs.client import sqs_client
        from chalicelib.adapters.sqs.ingest_trigger import SqsIngestTrigger

        config = self._config
        return SqsIngestTrigger(
            sqs_client(), config.bucket, config.layout.incoming, config.incoming_queue, config.drop_queue
        )

    @built
    def failed_events(self) -> services.FailedEvents:
        """The dead-letter queue of the intake."""
        from chalicelib.adapters.sqs.client import sqs_client
        from chalicelib.adapters.sqs.failed_events import SqsFailedEvents

        return SqsFailedEvents(sqs_client(), self._config.failed_events)

    @built
    def persist(self) -> services.PersistService:
        """The persist service: over HTTP where a URL is configured, else the embedded one."""
        if self._config.persist_url:
            from chalicelib.adapters.persist.http import HttpPersist

            return HttpPersist(self._config.persist_url)
        from chalicelib.adapters.persist.embedded import EmbeddedPersist

        return EmbeddedPersist(self.store, self._config.layout)

    @built
    def persisted_files(self) -> services.PersistedFiles:
        """The files of every persist service that was ever configured."""
        from chalicelib.adapters.persist.files import PersistedFileReader
        from chalicelib.adapters.persist.http_downloads import HttpDownloads

        return PersistedFileReader(self.store, self._config.layout, HttpDownloads())

    @built
    def leftovers(self) -> upkeep.LeftoverStore:
        """What a crash may have left undone."""
        from chalicelib.adapters.mongo.leftovers import MongoLeftovers

        return MongoLeftovers(self.database)

    @built
    def totals(self) -> upkeep.TotalsStore:
        """The upkeep of the counters."""
        from chalicelib.adapters.mongo.totals import MongoTotals

        return MongoTotals(self.database)

    @built
    def cursors(self) -> upkeep.CursorStore:
        """How far the sweep's walks have come."""
        from chalicelib.adapters.mongo.cursors import MongoCursors

        return MongoCursors(self.database)

    @built
    def tokens(self) -> services.TokenVerifier:
        """Who a token belongs to."""
        from chalicelib.adapters.tokens.verifier import JwtVerifier

        self._config.tokens.require()
        return JwtVerifier(self._config.tokens)
