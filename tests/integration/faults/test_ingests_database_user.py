"""What ingest asks of MongoDB: the collections that docs/deploy.md gives a database user of its own."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from pymongo import MongoClient, monitoring

from chalicelib.adapters.mongo.connection import Document
from chalicelib.bootstrap import Adapters
from infra.lock import ROOT
from testing.photos import photo_jpeg

from .conftest import MakeWorld

ACTIONS = {
    "find": {"find"},
    "getMore": {"find"},
    "aggregate": {"find"},
    "count": {"find"},
    "insert": {"insert"},
    "delete": {"remove"},
    "update": {"update"},
    "findAndModify": {"find", "update"},
}
"""What MongoDB asks a user's role for, by command; an upsert inserts as well."""
WITHOUT_A_COLLECTION = {"hello", "commitTransaction", "abortTransaction", "endSessions"}


class Heard(monitoring.CommandListener):
    """The actions of all commands, by collection."""

    def __init__(self) -> None:
        self.actions: dict[str, set[str]] = defaultdict(set)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name = event.command_name
        if name in WITHOUT_A_COLLECTION:
            return
        collection = event.command["collection"] if name == "getMore" else event.command[name]
        upserts = event.command.get("upsert") or any(
            it.get("upsert") for it in event.command.get("updates", ())
        )
        self.actions[collection] |= ACTIONS[name] | ({"insert"} if upserts else set())

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture
def heard(adapters: Adapters, monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Listens to the adapters' client, in whose place it puts one that tells it."""
    listener, quiet = Heard(), adapters.database
    told: MongoClient[Document] = MongoClient(
        str(adapters._config.mongodb_uri), event_listeners=[listener], tz_aware=True
    )
    loud = told.get_database(quiet.name, write_concern=quiet.write_concern, read_concern=quiet.read_concern)
    monkeypatch.setitem(adapters.__dict__, "database", loud)
    quiet.client.close()
    return listener


def test_ingest_needs_no_other_collection(make_world: MakeWorld, heard: Heard) -> None:
    world = make_world()
    versions = [
        world.drop("cards/a.jpg", photo_jpeg(1, 64, 48)),
        world.drop("another set/b.jpg", photo_jpeg(2, 64, 48)),
        world.drop("cards/broken.jpg", b"no picture"),
        world.announce("c.jpg", photo_jpeg(3, 64, 48)),
    ]
    heard.actions.clear()
    for version in versions:
        world.ingest_until_settled(version)
    text = (ROOT / "docs" / "deploy.md").read_text()
    granted = {
        collection: set(re.findall(r"\w+", actions))
        for collection, actions in re.findall(r'collection: "(\w+)" \}, actions: \[([^\]]+)\]', text)
    }
    assert set(granted) == set(heard.actions)
    for collection, actions in heard.actions.items():
        assert actions <= granted[collection], collection
