"""All state survives a restart, and what was put while nobody listened is found."""

from __future__ import annotations

import requests

from testing.client import Bucket, NebulaClient, eventually
from testing.photos import photo_jpeg
from testing.stack import LaptopStack


def test_everything_is_there_after_a_restart(own_stack: LaptopStack) -> None:
    own_stack.start()
    token = own_stack.token("vedant", "admin")
    files = [(f"{n}.jpg", photo_jpeg(80 + n)) for n in range(3)]
    dataset = NebulaClient(own_stack.url, token).create("Kept", files).json()["datasetID"]
    before = NebulaClient(own_stack.url, token).details(dataset)
    mirror = Bucket(own_stack.s3(), "nebula").keys("trove/")

    own_stack.interrupt()
    own_stack.start()

    client = NebulaClient(own_stack.url, token)  # the same token: the home keeps its secret
    assert client.details(dataset) == before
    assert Bucket(own_stack.s3(), "nebula").keys("trove/") == mirror
    for row, (_, body) in zip(before["datasetDetilsRows"], files, strict=True):
        assert requests.get(row["url"], timeout=30).content == body
    assert client.update("Kept", [("more.jpg", photo_jpeg(90))]).json()["successUpload"] == "1"


def test_files_dropped_while_the_stack_was_killed_become_images(own_stack: LaptopStack) -> None:
    own_stack.start()
    bucket = Bucket(own_stack.s3(), "nebula")
    files = {f"drop/Late/{n}.jpg": photo_jpeg(200 + n) for n in range(12)}
    for key, body in files.items():
        bucket.put(key, body)
    own_stack.kill()
    own_stack.start()

    client = NebulaClient(own_stack.url, own_stack.token())
    row = eventually(
        lambda: client.datasets().get("Late", {}), lambda found: found.get("imagesCount") == len(files), 90
    )
    assert sorted(image["name"] for image in client.rows(row["uniqueID"])) == sorted(
        key.rsplit("/", 1)[1] for key in files
    )
    assert len(Bucket(own_stack.s3(), "nebula").keys("trove/Late/")) == len(files)
