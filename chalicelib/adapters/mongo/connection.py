"""How Nebula talks to MongoDB: one client, majority writes, and faults in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chalicelib.domain.errors import TransientFault

Document = dict[str, Any]
Result = TypeVar("Result")

OPERATION_SECONDS = 20
"""An operation's bound, retries included: under the 29 s that a request may take."""


def connect(uri: str, most_connections: int = 64) -> Database[Document]:
    """The database that `uri` names. Nothing is sent until the first operation.

    At most `most_connections` are open at once; more threads than that wait for one. Idle ones go: a
    frozen container's are dead when it thaws.
    """
    client: MongoClient[Document] = MongoClient(
        uri,
        appname="nebula",
        connect=False,
        maxPoolSize=most_connections,
        maxIdleTimeMS=60_000,
        serverSelectionTimeoutMS=8_000,
        connectTimeoutMS=5_000,
        tz_aware=True,
        retryReads=True,
        retryWrites=True,
    )
    return client.get_default_database(
        write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
    )


@contextmanager
def operation() -> Iterator[None]:
    """Bound an operation in time, and tell its failure as a `TransientFault`.

    PyMongo itself repeats what is safe to repeat while a server is being elected or restarted.
    """
    try:
        with pymongo.timeout(OPERATION_SECONDS):
            yield
    except PyMongoError as error:
        raise TransientFault("MongoDB", f"{type(error).__name__}: {str(error)[:300]}") from error


def in_transaction(database: Database[Document], work: Callable[[ClientSession], Result]) -> Result:
    """Run `work(session)` in a transaction on one snapshot, again when the server asks for it."""
    with operation(), database.client.start_session() as session:
        return session.with_transaction(
            work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        )


class Update(NamedTuple):
    """One change of an update command: of the first document that matches, or of a new one."""

    query: Document
    change: Document
    upsert: bool = False


def update(
    database: Database[Document], collection: str, updates: Sequence[Update], session: ClientSession
) -> int:
    """Send the updates in one command; returns how many found their document or made it.

    The command as it is, since pymongo's bulk write adds a seventh to a client's work, and every
    ingested image passes here.
    """
    statements = [{"q": one.query, "u": one.change, "upsert": one.upsert} for one in updates]
    reply = database.command({"update": collection, "updates": statements}, session=session)
    if reply.get("writeErrors"):
        raise OperationFailure(str(reply["writeErrors"][0]["errmsg"]))
    return int(reply["n"])
