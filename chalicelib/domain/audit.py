"""The audit record: who did what to which pictures, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

from chalicelib.domain.ids import DatasetId
from chalicelib.domain.users import Role


class Action(StrEnum):
    """What is recorded: everything that shows pictures or their URLs, takes some in, or removes some.

    Lists, receipts and session states hold names and counts alone; the request log has them.
    """

    DETAILS = "details"
    DOWNLOAD = "download"
    OPEN = "open"
    CREATE = "create"
    UPDATE = "update"
    ANNOUNCE = "announce"
    RENEW = "renew"
    RETRY = "retry"
    DELETE = "delete"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One act. `at` is exact to the millisecond, as the database keeps it.

    `names` are those of the files that came in, or of the images that were to be deleted.
    A persisted file is opened by whoever has its URL: `file_id` is its number, `address` where the
    request came from; its unguessable name is never recorded.
    """

    at: datetime
    action: Action
    request_id: str
    user: str | None = None
    role: Role | None = None
    dataset_id: DatasetId | None = None
    names: tuple[str, ...] = ()
    file_id: str | None = None
    address: str | None = None

    @property
    def digest(self) -> str:
        """The sha256 (hex) of all of it.

        The request's log line bears it: a record that was changed or removed in the database
        contradicts the log, which is another system with other keys.
        """
        told = (
            round(self.at.timestamp() * 1000),
            self.action,
            self.request_id,
            self.user,
            self.role,
            self.dataset_id,
            self.names,
            self.file_id,
            self.address,
        )
        return sha256(msgspec.json.encode(told)).hexdigest()
