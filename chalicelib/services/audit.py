"""The audit: every act that shows, takes in or removes pictures is recorded; admins read it.

A record is only ever added. It is no hash chain: each link would need the one before it, so that
all writers would queue at its end; a record's digest in the request log shows a forgery as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.domain.audit import Action, AuditRecord
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import Page, PageRequest
from chalicelib.domain.users import User
from chalicelib.ports.upkeep import AuditStore


class Audit:
    """Records acts and lists them."""

    def __init__(self, *, store: AuditStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def describe(
        self,
        action: Action,
        request_id: str,
        *,
        user: User | None,
        dataset_id: DatasetId | None = None,
        names: Sequence[str] = (),
        file_id: str | None = None,
        address: str | None = None,
    ) -> AuditRecord:
        """The record of an act that happens now; `address` is kept only where no user is known."""
        now = self._now()
        return AuditRecord(
            at=now.replace(microsecond=now.microsecond // 1000 * 1000),
            action=action,
            request_id=request_id,
            user=user.name if user else None,
            role=user.role if user else None,
            dataset_id=dataset_id,
            names=tuple(names),
            file_id=file_id,
            address=None if user else address,
        )

    def add(self, record: AuditRecord) -> None:
        """Keep a record.

        Raises:
            TransientFault: it could not be kept within two seconds.
        """
        self._store.add(record)

    def page(self, dataset_id: DatasetId | None, user: str | None, request: PageRequest) -> Page[AuditRecord]:
        """Records, newest first: of one dataset, of one user, of both, or all."""
        return self._store.page(dataset_id, user, request)
