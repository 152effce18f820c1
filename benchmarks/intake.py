"""A whole intake: photos into the drop folder, until all of them are images.

Beside it, in the same round: plain PUTs of the same files over the same connections into the same
S3 server, and one inspection per file on all cores. A system that did nothing else, and overlapped
nothing, would take the two together. And what no design of this bucket can leave out: each file put,
read, inspected, copied to `persist/` and to `trove/`, its thumbnail put, without a single record.

Then a multipart create of ten photos, beside the slowest of its parts done alone: the request with
everything but the files' way in (it is refused for its taken name), plain PUTs of the ten files, and
their intake by the drop folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.photo_files import photos
from benchmarks.stack import CONNECTIONS, Stack
from benchmarks.table import Row, alone, compared, milliseconds, taking_turns
from chalicelib.imaging.inspect import inspect_image

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

FORM_QUALITY = 70
"""At which ten photos fit into one request."""
PATIENCE_SECONDS = 600.0
_numbers = count()


def measure(stack: Stack, quick: bool) -> list[Row]:
    """The drop folder, then the multipart route."""
    return _dropped(stack, quick) + _created(stack, quick)


def _dropped(stack: Stack, quick: bool) -> list[Row]:
    files = photos(24, motifs=2) if quick else photos(1_000)
    puts, inspections, bare, wholes = [], [], [], []
    drop(stack, files[:2])
    for _ in range(1 if quick else 3):
        puts.append(milliseconds(lambda: put(stack, "exports/plain", files)) / 1000)
        inspections.append(milliseconds(lambda: _inspect(files)) / 1000)
        bare.append(milliseconds(lambda: _without_records(stack, files)) / 1000)
        wholes.append(milliseconds(lambda: drop(stack, files)) / 1000)
    together = [a + b for a, b in zip(puts, inspections, strict=True)]
    name = f"{len(files):,} photos of 0.5 MB"
    return [
        alone(f"{name}: plain PUTs, {CONNECTIONS} connections", puts, "s"),
        alone(f"{name}: inspected on {os.cpu_count()} cores", inspections, "s"),
        compared(
            f"{name}: dropped, until all are images",
            wholes,
            together,
            "the two together",
            at_most=2.0,
            unit="s",
        ),
        compared(
            f"{name}: put, read, inspected, copied twice, thumbnail put; no record",
            bare,
            together,
            "the two together",
            unit="s",
        ),
    ]


def _created(stack: Stack, quick: bool) -> list[Row]:
    files = photos(10, motifs=2 if quick else 10, quality=FORM_QUALITY)
    taken = f"taken {next(_numbers)}"
    _create(stack, taken, files[:1], expected=200)
    parts = {
        "the request, refused at once": lambda: _create(stack, taken, files, expected=400),
        "plain PUTs": lambda: put(stack, "exports/plain", files),
        "dropped, until all are images": lambda: drop(stack, files),
    }
    whole = {"create": lambda: _create(stack, f"created {next(_numbers)}", files, expected=200)}
    times = taking_turns(parts | whole, 2 if quick else 12)
    slowest = [max(times[part][n] for part in parts) for n in range(len(times["create"]))]
    size = sum(map(len, files)) / 1e6
    return [
        *(alone(f"ten photos, {size:.1f} MB: {part}", times[part]) for part in parts),
        compared("ten photos: multipart create", times["create"], slowest, "its slowest part", at_most=1.5),
    ]


def put(stack: Stack, prefix: str, files: Sequence[bytes]) -> None:
    """Put files below a prefix, over all connections."""

    def one(n: int) -> None:
        stack.s3.put_object(Bucket=stack.bucket, Key=f"{prefix}/{n:05d}.jpg", Body=files[n])

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(one, range(len(files))))


def _without_records(stack: Stack, files: Sequence[bytes]) -> None:
    """What the bucket and the processors have to do for each file, and nothing else."""
    prefix = f"exports/bare {next(_numbers)}"

    def one(n: int) -> None:
        key = f"{prefix}/{n:05d}.jpg"
        source: CopySourceTypeDef = {"Bucket": stack.bucket, "Key": key}
        stack.s3.put_object(Bucket=stack.bucket, Key=key, Body=files[n])
        body = stack.s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read()
        thumbnail = inspect_image(body).thumbnail
        stack.s3.put_object(Bucket=stack.bucket, Key=f"{key}/thumbnail", Body=thumbnail)
        for copy in ("persist", "trove"):
            stack.s3.copy_object(Bucket=stack.bucket, Key=f"{key}/{copy}", CopySource=source)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(one, range(len(files))))


def drop(stack: Stack, files: Sequence[bytes]) -> None:
    """Drop files into a new dataset's folder, and wait until all of them are images."""
    dataset = f"dropped {next(_numbers)}"
    put(stack, f"drop/{dataset}", files)
    end = time.monotonic() + PATIENCE_SECONDS
    while _images_of(stack, dataset) < len(files):
        if time.monotonic() > end:
            raise TimeoutError(f"{dataset} has {_images_of(stack, dataset)} of {len(files)} images")
        time.sleep(0.05 if len(files) < 100 else 0.25)


def _images_of(stack: Stack, dataset: str) -> int:
    reply = stack.api.get("/dataset/list", params={"search": dataset, "sort": "-uploadDate", "limit": "1"})
    rows = reply.json()["result"]["datasetList"]
    return int(rows[0]["imagesCount"]) if rows and rows[0]["name"] == dataset else 0


def _inspect(files: Sequence[bytes]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(inspect_image, files))


def _create(stack: Stack, name: str, files: Sequence[bytes], *, expected: int) -> None:
    reply = stack.api.create(name, [(f"{n}.jpg", body) for n, body in enumerate(files)])
    assert reply.status_code == expected, reply.text
    if expected == 200:
        assert reply.json()["successUpload"] == str(len(files)), reply.text
