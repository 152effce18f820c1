"""Reads and writes in large datasets and small ones, over HTTP, beside bare pymongo.

The large collections are written straight into the database; everything that is timed goes through
the running stack.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import requests
from bson import ObjectId

from benchmarks.stack import Stack, running_stack
from benchmarks.table import Row, alone, bounded, compared, taking_turns
from chalicelib.adapters.mongo.images import MongoImages
from chalicelib.api.bodies.present import Presenter
from chalicelib.domain.ids import DatasetId
from chalicelib.domain.images import ImageState
from testing.made_sets import MadeSet, image_name, make_empty_sets, make_set
from testing.photos import photo_jpeg

PAGE_SET = 16_414
"""Images of the published page's largest dataset."""
FIELDS = [
    "name",
    "bytes",
    "width",
    "height",
    "uploadedAt",
    "format",
    "uploadedBy",
    "url",
    "sha256",
    "imageHash",
]
"""What a details row is made of."""
BROWSER = "gzip, deflate, br, zstd"
"""The `Accept-Encoding` of today's browsers."""
DELETED_AT_ONCE = 20
_numbers = count()


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is, and how often it is read."""

    datasets: int
    images_each: int
    background: int
    page_set: int
    large: int
    page: int
    rounds: int


FULL = Scale(10_000, 1_000, 1_000_000, PAGE_SET, 100_000, 100, 11)
QUICK = Scale(200, 1_000, 1_000, 1_000, 2_000, 20, 2)


def measure(stack: Stack, quick: bool) -> list[Row]:
    """Everything, in one stack; a second one without images takes turns with it where they must not count."""
    scale = QUICK if quick else FULL
    make_empty_sets(stack.database, scale.datasets, scale.images_each)
    make_set(stack.database, "background", scale.background)
    small = make_set(stack.database, "small", 10 + (scale.rounds + 1) * DELETED_AT_ONCE)
    large = make_set(stack.database, "large", scale.large)
    return [
        *_beside_images(stack, scale),
        *_details(stack, scale),
        *_large(stack, scale, large),
        *_writes(stack, scale, small, large),
    ]


def _beside_images(stack: Stack, scale: Scale) -> list[Row]:
    """List and create where there are many images, and where there are as many datasets without any."""
    with running_stack() as bare:
        make_empty_sets(bare.database, scale.datasets, scale.images_each)
        times = taking_turns(
            {
                "list bare": lambda: _list(bare),
                "list": lambda: _list(stack),
                "create bare": lambda: _create(bare),
                "create": lambda: _create(stack),
            },
            2 * scale.rounds,
        )
    recorded = scale.datasets * scale.images_each
    held = f"{scale.background:,} images beside it"
    return [
        compared(what, times[verb], times[f"{verb} bare"], "without them", at_most=1.25)
        for verb, what in (
            ("list", f"list of {scale.datasets:,} datasets, {recorded:,} images counted, {held}"),
            ("create", f"create, {held}"),
        )
    ]


def _list(stack: Stack) -> None:
    _ok(stack.api.get("/dataset/list"))


def _create(stack: Stack) -> None:
    _ok(stack.api.create(f"created beside {next(_numbers)}", [("a.jpg", photo_jpeg(1))]))


def _details(stack: Stack, scale: Scale) -> list[Row]:
    made = make_set(stack.database, "aadhaar", scale.page_set)
    times = taking_turns(
        {"bare": lambda: _bare(stack, made), "ours": lambda: _compressed(stack, made, BROWSER)}, scale.rounds
    )
    name = f"details of {made.images:,} images"
    unlike = make_set(stack.database, "unlike", scale.page_set, random_names=True)
    return [
        alone(f"{name}: pymongo find, orjson dump", times["bare"]),
        compared(f"{name}: whole reply over HTTP", times["ours"], times["bare"], "the bare ones", at_most=2),
        *(
            bounded(f"{what}: compressed by {coding}", _compressed(stack, of, coding) / 1e6, "MB", below=1.5)
            for what, of in ((name, made), (f"{name} with names of 32 random characters", unlike))
            for coding in ("zstd", "gzip")
        ),
    ]


def _bare(stack: Stack, made: MadeSet) -> bytes:
    query = {"datasetID": ObjectId(made.id), "state": ImageState.LIVE.value}
    found = stack.database["images"].find(query, dict.fromkeys(FIELDS, 1)).sort("order", 1)
    return orjson.dumps(found.to_list(), default=str)


def _compressed(stack: Stack, made: MadeSet, coding: str) -> int:
    """Bytes of the reply as it travels."""
    with stack.api.session.post(
        f"{stack.api.url}/dataset/details",
        json={"id": made.id},
        headers={"Authorization": stack.api.token, "Accept-Encoding": coding},
        stream=True,
        timeout=120,
    ) as reply:
        assert reply.status_code == 200, reply.text
        return len(reply.raw.read(decode_content=False))


def _large(stack: Stack, scale: Scale, large: MadeSet) -> list[Row]:
    whole = taking_turns({"whole": lambda: _whole(stack, large)}, 1)["whole"]
    pages = scale.large // scale.page
    last = _cursor_of_page(stack, large, scale.page, pages)
    paged = taking_turns(
        {
            "first": lambda: _page(stack, large, scale.page, None),
            "last": lambda: _page(stack, large, scale.page, last),
        },
        10 * scale.rounds,
    )
    urls = taking_turns({"csv": lambda: _csv(stack, large)}, min(3, scale.rounds))["csv"]
    tenth, full = (_csv_peak(stack, large, part) for part in (large.images // 10, large.images))
    return [
        alone(f"details of {large.images:,} images, whole", whole),
        compared(
            f"page {pages:,} of {scale.page} images", paged["last"], paged["first"], "page 1", at_most=1.5
        ),
        alone(f"CSV of {large.images:,} URLs", urls),
        compared(
            f"CSV of {large.images:,} URLs: memory while it is made",
            [full],
            [tenth],
            "that of a tenth",
            at_most=1.5,
            unit="MB",
        ),
    ]


def _whole(stack: Stack, made: MadeSet) -> None:
    assert len(stack.api.rows(made.id)) == made.images


def _page(stack: Stack, made: MadeSet, size: int, cursor: str | None) -> str | None:
    body = {"id": made.id, "limit": size} | ({"cursor": cursor} if cursor else {})
    result = _ok(stack.api.post("/dataset/details", json=body))["result"]
    assert len(result["datasetDetilsRows"]) == size
    next_cursor: str | None = result.get("nextCursor")
    return next_cursor


def _cursor_of_page(stack: Stack, made: MadeSet, size: int, page: int) -> str | None:
    """Walk there, as a client has to."""
    cursor = None
    for _ in range(page - 1):
        cursor = _page(stack, made, size, cursor)
    return cursor


def _csv(stack: Stack, made: MadeSet) -> None:
    reply = stack.api.post("/dataset/download", json={"datasetID": made.id})
    assert reply.content.count(b"\n") == made.images + 1


def _csv_peak(stack: Stack, made: MadeSet, urls: int) -> float:
    """Peak of Python's memory, in MB, while the CSV's pieces are made one by one."""
    found = MongoImages(stack.database).urls(DatasetId(made.id))
    wanted = (url for _, url in zip(range(urls), found, strict=False))
    pieces = Presenter(ZoneInfo("UTC"), "https://host.test").csv(wanted)
    tracemalloc.start()
    try:
        for _ in pieces:
            pass
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _writes(stack: Stack, scale: Scale, small: MadeSet, large: MadeSet) -> list[Row]:
    images = MongoImages(stack.database)
    deleted = {made.name: count() for made in (small, large)}

    def update(made: MadeSet) -> Callable[[], object]:
        return lambda: _ok(stack.api.update(made.name, [(f"{next(_numbers)}.jpg", photo_jpeg(2))]))

    def delete(made: MadeSet) -> Callable[[], object]:
        return lambda: _delete(images, made, next(deleted[made.name]))

    runs = {f"update {made.name}": update(made) for made in (small, large)}
    runs |= {f"delete {made.name}": delete(made) for made in (small, large)}
    times = taking_turns(runs, scale.rounds)
    return [
        compared(
            f"{verb} of {what} in a dataset of {large.images:,}",
            times[f"{verb} large"],
            times[f"{verb} small"],
            "in a small one",
            at_most=1.25,
        )
        for verb, what in (
            ("update", "one photo"),
            ("delete", f"{DELETED_AT_ONCE} names, its reply aside,"),
        )
    ]


def _delete(images: MongoImages, made: MadeSet, turn: int) -> None:
    first = turn * DELETED_AT_ONCE
    names = [image_name(made.name, n) for n in range(first, first + DELETED_AT_ONCE)]
    retired = images.retire(DatasetId(made.id), names, "benchmark", datetime.now(UTC))
    assert len(retired) == DELETED_AT_ONCE
    images.forget([image.id for image in retired], "benchmark", datetime.now(UTC))


def _ok(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 200, reply.text
    return dict(reply.json())
