"""The persist service in memory."""

from __future__ import annotations

from threading import Lock

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.images import PersistedFile
from chalicelib.ports.services import PersistRequest

from .faults import Crash, Faults, Switched, When, port_method


class FakePersist(Switched):
    """A `PersistService`. One that `keys_by_name` gives the same answer for the same name."""

    port = "persist"

    def __init__(self, *, keys_by_name: bool = False, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self.keys_by_name = keys_by_name
        self.uploads: list[PersistRequest] = []
        self.files: dict[str, bytes] = {}
        self._by_name: dict[str, PersistedFile] = {}
        self._lock = Lock()

    def fail_next(self, times: int = 1, when: When = "before") -> None:
        """Raise TransientFault at the next calls; `after` means that the file was taken."""
        fault = TransientFault(self.port, "upload was told to fail")
        self.faults.plan("persist.upload", fault, times, when)

    def crash_at_upload(self, when: When = "before") -> None:
        """Die at the next call, before or after the file was taken."""
        self.faults.plan("persist.upload", Crash(f"{when} persist.upload"), when=when)

    @port_method
    def upload(self, request: PersistRequest) -> PersistedFile:
        with self._lock:
            self.uploads.append(request)
            if self.keys_by_name and request.name in self._by_name:
                return self._by_name[request.name]
            number = str(26_936_493 + len(self.files))
            url = f"https://persist.test/api/files/{number}/download/{request.name}"
            self.files[url] = request.body
            self._by_name[request.name] = PersistedFile(number, url)
            return self._by_name[request.name]

    @port_method
    def fetch(self, persisted: PersistedFile) -> bytes | None:
        with self._lock:
            return self.files.get(persisted.url)
