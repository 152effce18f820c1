"""Dates of replies: minutes in the configured time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.config import a_config
from tests.unit.api.backend import Backend, an_image
from tests.unit.api.speaking import DATASET_ID, Api


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("UTC", datetime(2021, 7, 22, 18, 42, 59, 999_000, UTC), "2021-07-22 18:42"),
        ("Asia/Kolkata", datetime(2021, 7, 22, 18, 42, tzinfo=UTC), "2021-07-23 00:12"),
        ("Europe/Berlin", datetime(2021, 3, 28, 0, 59, 59, tzinfo=UTC), "2021-03-28 01:59"),
        ("Europe/Berlin", datetime(2021, 3, 28, 1, 0, tzinfo=UTC), "2021-03-28 03:00"),
        (
            "America/New_York",
            datetime(2021, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=5))),
            "2020-12-31 14:00",
        ),
    ],
)
def test_a_date_is_shown_to_the_minute_in_the_configured_zone(
    api: Api, backend: Backend, zone: str, at: datetime, shown: str
) -> None:
    backend.services.config = a_config(time_zone=ZoneInfo(zone))
    backend.show(replace(an_image(), uploaded_at=at))

    (row,) = api.post("/dataset/details", {"id": DATASET_ID}).json_body["result"]["datasetDetilsRows"]

    assert row["uploadDate"] == shown
