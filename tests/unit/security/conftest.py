"""The real app over the real services over stores in memory: files put are ingested at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import bootstrap
from chalicelib.domain.errors import InvalidName
from chalicelib.domain.names import check_image_name
from chalicelib.domain.uploads import ObjectVersion
from tests.fakes.crashes import InLine
from tests.unit.api.speaking import Api, file_part, text_part
from tests.unit.services.world import World, a_photo

PHOTO = a_photo()


class Whole:
    """A system, its API, and its bucket."""

    def __init__(self, api: Api, world: World) -> None:
        self.api = api
        self.world = world

    def create(self, dataset: str, file: str) -> HTTPResponse:
        """Create a dataset of one photo."""
        return self.api.post_form("/dataset/create", text_part("name", dataset), file_part(file, PHOTO))

    def names(self, dataset_id: str) -> list[str]:
        """The names that details show."""
        reply = self.api.post("/dataset/details", {"id": dataset_id})
        return [row["name"] for row in reply.json_body["result"]["datasetDetilsRows"]]

    def datasets(self) -> list[str]:
        """The names that the list shows."""
        reply = self.api.get("/dataset/list")
        return [row["name"] for row in reply.json_body["result"]["datasetList"]]


@contextmanager
def a_whole_system() -> Iterator[Whole]:
    """A fresh one, for a test that needs many."""
    world = World(executor=InLine())

    def ingest(version: ObjectVersion) -> None:
        if version.key.startswith(world.services.config.layout.intake):
            world.services.ingest.ingest(version, "event")

    world.ports.store.on_put = ingest
    with bootstrap.use(world.services), Client(app) as client:
        yield Whole(Api(client), world)


@pytest.fixture
def whole() -> Iterator[Whole]:
    """A system of this test's own."""
    with a_whole_system() as whole:
        yield whole


def may_be_an_image(name: str) -> bool:
    """Whether the rules allow an image this name."""
    try:
        check_image_name(name)
    except InvalidName:
        return False
    return True
