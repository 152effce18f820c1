"""What no file may be is told in the same words at the announcement and at the arrival."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.uploads import DeclaredFile, Target
from tests.unit.services.world import EDITOR, World, a_photo

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("name", "size", "reason"),
    [
        ("empty.jpg", 0, "it is empty"),
        ("huge.jpg", 101 * MB, "it is 101.0MB; a file may have at most 100.0MB"),
        ("a\nb.jpg", 9, "the file name holds control characters"),
        (" ", 9, "the file name has no file name"),
        ("é" * 128, 9, "the file name is longer than 255 bytes"),
        ("é" * 128, 0, "the file name is longer than 255 bytes"),
    ],
)
def test_a_file_is_refused_for_the_same_reason_whichever_way_it_comes(
    name: str, size: int, reason: str
) -> None:
    world = World()
    answer = world.services.upload_sessions.announce(
        Target(dataset_name="cards"), [DeclaredFile(name, size)], EDITOR
    )
    dropped = world.ingest(replace(world.drop(f"cards/{name}", a_photo()), size=size))
    assert [refused.reason for refused in answer.refused] == [f"{name}: {reason}"]
    assert dropped.reason == f"{name}: {reason}"


def test_a_file_of_the_largest_size_may_be_announced() -> None:
    world = World()
    answer = world.services.upload_sessions.announce(
        Target(dataset_name="cards"), [DeclaredFile("large.jpg", 100 * MB)], EDITOR
    )
    assert [file.name for file in answer.files] == ["large.jpg"]
