"""The ingest worker dies between any two of its steps, on the real engines; its event comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from chalicelib.adapters.persist.http import HttpPersist
from chalicelib.bootstrap import Adapters
from chalicelib.domain.uploads import ObjectVersion
from testing.persist_server.faults import RemotePersistServer
from testing.photos import photo_jpeg
from tests.fakes.crashes import InLine
from tests.fakes.faults import Crash, When

from .conftest import MakeWorld
from .engines import Ends, EngineWorld, assert_whole

BROKEN = b"\xff\xd8\xff\xe0 these bytes only begin like a JPEG"
Scenario = Callable[[EngineWorld, int], ObjectVersion]


def dropped_photo(world: EngineWorld, n: int) -> ObjectVersion:
    return world.drop(f"cards/{n}/front {n}.jpg", photo_jpeg(n, 64, 48))


def photo_of_a_request(world: EngineWorld, n: int) -> ObjectVersion:
    return world.announce("front.jpg", photo_jpeg(n, 64, 48))


def broken_drop(world: EngineWorld, n: int) -> ObjectVersion:
    return world.drop(f"cards/broken {n}.jpg", BROKEN + bytes([n]))


@pytest.fixture
def persist(request: pytest.FixtureRequest, adapters: Adapters) -> str:
    """The embedded persist store, or the service over HTTP, which gives every upload a new URL."""
    if request.param == "http":
        server: RemotePersistServer = request.getfixturevalue("persist_server")
        server.heal()
        adapters.__dict__["persist"] = HttpPersist(server.url)
    return str(request.param)


@pytest.mark.parametrize(
    ("scenario", "persist", "healer"),
    [
        (dropped_photo, "embedded", "event"),
        (dropped_photo, "http", "sweep"),
        (photo_of_a_request, "http", "event"),
        (photo_of_a_request, "embedded", "sweep"),
        (broken_drop, "embedded", "event"),
        (broken_drop, "embedded", "sweep"),
    ],
    indirect=["persist"],
)
def test_killed_at_any_step_an_upload_ends_once(
    make_world: MakeWorld, scenario: Scenario, persist: str, healer: Literal["event", "sweep"]
) -> None:
    clean = make_world(InLine())
    clean.dataset()
    version = scenario(clean, 0)
    clean.faults.clear()
    clean.ingest(version)
    calls = list(clean.faults.calls)
    assert len(calls) >= 5
    noted = 0
    kills: list[tuple[int, When]] = [(n, when) for n in range(len(calls)) for when in ("before", "after")]
    for n, (step, when) in enumerate(kills, start=1):
        dying = make_world(InLine())
        version = scenario(dying, n)
        dying.faults.crash_at_call(step, when)
        with pytest.raises(Crash):
            dying.ingest(version)
        was_noted = [r for r in clean.receipts() if r.key == version.key and r.persisted]
        noted += len(was_noted)

        after = make_world(InLine())
        if healer == "event":
            after.ingest_until_settled(version)
        else:
            after.sweep()

        if was_noted:
            assert "persist.upload" not in after.faults.calls
    ends = assert_whole(clean)
    uploads = 1 + len(kills)
    assert ends == (Ends(0, uploads) if scenario is broken_drop else Ends(uploads, 0))
    assert clean.sweep() == 0
    assert (noted > 0) is (persist == "http"), "an answer is noted where asking again would store again"
