"""What can go wrong at the persist service in memory, and what it tells of the files that it took."""

from __future__ import annotations

from typing import Literal

import msgspec
import requests


class Fault(msgspec.Struct, frozen=True):
    """What happens to one upload.

    `refuse`: nothing is stored; `status`, `body` and `retry_after` are the answer.
    `malformed`: stored, but `status` and `body` are the answer. `hang`: never answered, not stored.
    `cut`: the connection ends before the file is read; `cut_after`: after it was stored.
    `late`: stored, answered after `seconds`.
    """

    kind: Literal["refuse", "malformed", "hang", "cut", "cut_after", "late"]
    status: int = 200
    body: str = ""
    retry_after: str | None = None
    seconds: float = 0.0


class StoredFile(msgspec.Struct, frozen=True):
    """A file that was taken. `expires_at` (Unix time) is None for one that is kept for good."""

    id: str
    path: str
    file_name: str
    content_type: str
    size: int
    sha256: str
    ttl: str | None
    key: str | None
    optimized: bool
    expires_at: float | None


class Switches:
    """How a test makes uploads fail: the same for a server in this process and for one that is not.

    Faults happen in the order in which they were planned, one to each upload.
    """

    def plan(self, fault: Fault, times: int = 1) -> None:
        """Let `fault` happen to each of the next `times` uploads."""
        raise NotImplementedError

    def fail_next(
        self, times: int = 1, status: int = 503, *, body: str = "", retry_after: str | None = None
    ) -> None:
        """Answer with an error status; nothing is stored."""
        self.plan(Fault("refuse", status=status, body=body, retry_after=retry_after), times)

    def hang_next(self, times: int = 1) -> None:
        """Never answer; nothing is stored."""
        self.plan(Fault("hang"), times)

    def cut_next(self, times: int = 1, *, after_storing: bool = False) -> None:
        """End the connection without an answer."""
        self.plan(Fault("cut_after" if after_storing else "cut"), times)

    def answer_late(self, times: int = 1, *, seconds: float) -> None:
        """Store the file, but let the client wait for the answer."""
        self.plan(Fault("late", seconds=seconds), times)

    def malform_next(self, times: int = 1, *, body: str, status: int = 200) -> None:
        """Store the file and answer something else than the documented reply."""
        self.plan(Fault("malformed", status=status, body=body), times)


class RemotePersistServer(Switches):
    """A server in another process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def plan(self, fault: Fault, times: int = 1) -> None:
        body = msgspec.json.encode({"fault": fault, "times": times})
        requests.post(f"{self.url}/_faults", data=body, timeout=10).raise_for_status()

    def heal(self) -> None:
        """Forget the planned faults."""
        requests.delete(f"{self.url}/_faults", timeout=10).raise_for_status()

    @property
    def attempts(self) -> int:
        """How many uploads began."""
        return msgspec.json.decode(self._get("/_attempts"), type=int)

    @property
    def files(self) -> list[StoredFile]:
        """Every file that was taken, in order."""
        return msgspec.json.decode(self._get("/_files"), type=list[StoredFile])

    def _get(self, path: str) -> bytes:
        reply = requests.get(self.url + path, timeout=60)
        reply.raise_for_status()
        return reply.content
