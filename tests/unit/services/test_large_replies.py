"""Replies too large to return are published for a while, under names that nobody can guess."""

from __future__ import annotations

from tests.unit.services.world import World


def test_a_published_reply_is_served_as_it_was_under_its_file_name() -> None:
    world = World()
    url = world.services.large_replies.publish(
        b"compressed", file_name="Table-1.csv", content_type="text/csv", content_encoding="gzip"
    )
    body, headers = world.ports.store.open_url(url)
    assert body == b"compressed"
    assert headers["content-type"] == "text/csv"
    assert headers["content-encoding"] == "gzip"
    assert headers["content-disposition"] == 'attachment; filename="Table-1.csv"'


def test_two_replies_never_share_a_place_and_lie_where_nothing_is_ingested() -> None:
    world = World()
    for _ in range(2):
        world.services.large_replies.publish(b"{}", file_name="details.json", content_type="application/json")
    keys = world.ports.store.keys("")
    assert len(keys) == 2
    assert all(key.startswith("exports/") and len(key.split("/")[1]) == 32 for key in keys)
