"""The upload sessions in memory."""

from __future__ import annotations

from threading import Lock

from chalicelib.domain.errors import UploadNotFound
from chalicelib.domain.ids import UploadId
from chalicelib.domain.uploads import UploadSession
from chalicelib.ports.records import AnnouncedCall

from .faults import Faults, SwitchedStore, port_method


class InMemorySessions(SwitchedStore):
    """A `SessionStore`; what it remembers it does not forget after a week."""

    port = "sessions"

    def __init__(self, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._sessions: dict[UploadId, UploadSession] = {}
        self._places: dict[UploadId, int] = {}
        self._calls: dict[str, AnnouncedCall] = {}
        self._lock = Lock()

    @port_method
    def open(self, session: UploadSession) -> None:
        with self._lock:
            self._sessions[session.id] = session
            self._places[session.id] = 0

    @port_method
    def get(self, upload_id: UploadId) -> UploadSession:
        with self._lock:
            if upload_id not in self._sessions:
                raise UploadNotFound(upload_id)
            return self._sessions[upload_id]

    @port_method
    def take_places(self, upload_id: UploadId, count: int) -> int:
        with self._lock:
            if upload_id not in self._sessions:
                raise UploadNotFound(upload_id)
            first = self._places[upload_id]
            self._places[upload_id] = first + count
            return first

    @port_method
    def recall(self, key: str) -> AnnouncedCall | None:
        with self._lock:
            return self._calls.get(key)

    @port_method
    def remember(self, key: str, call: AnnouncedCall) -> AnnouncedCall:
        with self._lock:
            return self._calls.setdefault(key, call)
