"""Other services, and those who vouch for a user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.domain.ids import ImageId
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.uploads import ObjectVersion
from chalicelib.domain.users import User


@dataclass(frozen=True, slots=True)
class PersistRequest:
    """A file for the persist service.

    `name` is 64 hex characters, half of them random, and a suffix. It and `image_id` are the same
    at every attempt: a store that keys by them stores one file however often it is asked.
    """

    image_id: ImageId
    name: str
    file_name: str
    content_type: str
    body: bytes = field(repr=False)
    source: ObjectVersion = field(repr=False)


class PersistService(Protocol):
    """The file exchange that every image is handed to, and whose URL a details row shows."""

    @property
    def keys_by_name(self) -> bool:
        """Whether it keeps one file per name, so that handing a file over again changes nothing."""

    def upload(self, request: PersistRequest) -> PersistedFile:
        """Hand over a file for good."""


class PersistedFiles(Protocol):
    """The files that were handed over, wherever their URLs lead."""

    def fetch(self, persisted: PersistedFile) -> bytes | None:
        """A file's bytes; None if it is not there any more."""


class IngestTrigger(Protocol):
    """Starts the ingest of objects that are in the bucket already, as their events did."""

    def trigger(self, versions: Sequence[ObjectVersion]) -> None:
        """Have these objects ingested soon; returns at once."""


class FailedEvents(Protocol):
    """The events that no attempt could settle: they wait to be fed into the intake again."""

    def count(self) -> int:
        """About how many there are."""

    def feed_back(self) -> bool:
        """Have all of them come again, as at first, soon; False if that is under way already."""


class TokenVerifier(Protocol):
    """Tells who a token belongs to."""

    def verify(self, token: str) -> User:
        """The user that the token names.

        Raises:
            InvalidToken: it is malformed, expired, wrongly signed, or not meant for this service.
        """
