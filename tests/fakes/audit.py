"""The audit in memory."""

from __future__ import annotations

from threading import Lock

from chalicelib.domain.audit import AuditRecord
from chalicelib.domain.errors import InvalidParameters
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.paging import Cursor, Page, PageRequest

from .faults import Faults, SwitchedStore, port_method

_SORT = "-date"


class InMemoryAudit(SwitchedStore):
    """An `AuditStore`."""

    port = "audit"

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self.records: list[AuditRecord] = []
        self._lock = Lock()

    @port_method
    def add(self, record: AuditRecord) -> None:
        with self._lock:
            self.records.append(record)

    @port_method
    def page(self, dataset_id: DatasetId | None, user: str | None, request: PageRequest) -> Page[AuditRecord]:
        with self._lock:
            numbered = list(enumerate(self.records))
        wanted = [
            (number, record)
            for number, record in sorted(numbered, key=lambda pair: (pair[1].at, pair[0]), reverse=True)
            if dataset_id in (None, record.dataset_id) and user in (None, record.user)
        ]
        if request.cursor is not None:
            if request.cursor.sort != _SORT:
                raise InvalidParameters("cursor: belongs to another sort")
            numbers = [number for number, _ in wanted]
            wanted = wanted[numbers.index(int(request.cursor.id)) + 1 :]
        rows = wanted[: request.limit]
        more = len(rows) < len(wanted)
        cursor = Cursor(_SORT, rows[-1][0], str(rows[-1][0])) if more else None
        return Page([record for _, record in rows], cursor)
