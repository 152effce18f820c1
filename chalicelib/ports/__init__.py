"""What the services need from outside, in their own words.

Each port has one adapter per engine under `adapters/` and a fake under `tests/fakes/`; the same
contract tests hold all of them. Every method may raise `TransientFault` when its engine does not
answer; adapters retry with backoff before they do.
"""

from __future__ import annotations

from chalicelib.ports.objects import ObjectHead, ObjectStore, StoredObject
from chalicelib.ports.records import AnnouncedCall, DatasetStore, ImageStore, ReceiptStore, SessionStore
from chalicelib.ports.services import (
    IngestTrigger,
    PersistedFiles,
    PersistRequest,
    PersistService,
    TokenVerifier,
)
from chalicelib.ports.upkeep import AuditStore, LeftoverStore, TotalsStore

__all__ = [
    "AnnouncedCall",
    "AuditStore",
    "DatasetStore",
    "ImageStore",
    "IngestTrigger",
    "LeftoverStore",
    "ObjectHead",
    "ObjectStore",
    "PersistRequest",
    "PersistService",
    "PersistedFiles",
    "ReceiptStore",
    "SessionStore",
    "StoredObject",
    "TokenVerifier",
    "TotalsStore",
]
