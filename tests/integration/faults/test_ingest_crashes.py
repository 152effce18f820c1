"""The ingest worker dies between any two of its steps, on the real engines; its event comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from chalicelib.domain.model import ObjectVersion
from local.photos import photo_jpeg
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


@pytest.mark.parametrize("healer", ["event", "sweep"])
@pytest.mark.parametrize("scenario", [dropped_photo, photo_of_a_request, broken_drop])
def test_killed_at_any_step_an_upload_ends_once(
    make_world: MakeWorld, scenario: Scenario, healer: Literal["event", "sweep"]
) -> None:
    clean = make_world(InLine())
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
    assert (noted > 0) is (scenario is not broken_drop)
