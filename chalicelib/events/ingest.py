"""What the ingest function does with an event: each object by itself, faults last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib import logs, metrics
from chalicelib.domain.errors import NebulaError
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.events import sqs
from chalicelib.events.s3 import object_versions

if TYPE_CHECKING:  # the API function loads this module too, and needs no image library
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

    from chalicelib.services.intake.ingest import Ingest


class NotAllIngested(NebulaError):
    """Some objects of an event were not settled; the event is to be repeated."""

    def __init__(self, failed: int, total: int) -> None:
        super().__init__(f"{failed} of {total} objects were not ingested")
        self.failed = failed
        self.total = total


def ingest_event(event: Mapping[str, Any], ingest: Ingest, owner: str) -> PartialItemFailureResponse | None:
    """Ingest what an event tells of: messages of the intake's queues, or an S3 event as it is.

    S3 events come bare when a person invokes the function. Returns which messages are to come again;
    None for a bare event.

    Raises:
        NotAllIngested: something of a bare event was not ingested.
        BatchProcessingError: of every message something was not ingested.
    """
    if sqs.is_batch(event):
        return sqs.handle_each(event, lambda s3_event: ingest_objects(s3_event, ingest, owner))
    ingest_objects(event, ingest, owner)
    return None


def ingest_objects(event: Mapping[str, object], ingest: Ingest, owner: str) -> None:
    """Ingest every object of an S3 event; `owner` names the invocation.

    A fault at one object keeps none of the others from being ingested.

    Raises:
        NotAllIngested: so that the event is repeated, which is harmless for settled objects.
    """
    versions = object_versions(event)
    failed = sum(not _ingest_one(version, ingest, owner) for version in versions)
    if failed:
        raise NotAllIngested(failed, len(versions))


def _ingest_one(version: ObjectVersion, ingest: Ingest, owner: str) -> bool:
    """Whether the object is settled."""
    try:
        outcome = ingest.ingest(version, owner)
    except Exception as error:  # noqa: BLE001 - logged here; the event is failed and repeated
        logs.log_fault("the object was not ingested", error, {"key": version.key, "requestID": owner})
        metrics.object_failed(version.at)
        return False
    logs.log_ingest({**outcome.log_fields(), "requestID": owner})
    if outcome.receipt is not None and not outcome.repeated:
        metrics.object_settled(
            outcome.state,
            put_at=version.at,
            duration_ms=outcome.total_ms,
            attempts=outcome.receipt.attempts,
            code=outcome.code,
        )
    return True
