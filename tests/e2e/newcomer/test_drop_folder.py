"""The README's table of what the drop folder does, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from testing.client import eventually
from testing.photos import photo_jpeg

from .checkout import README, Checkout

FIRST, OTHER, MARKER = photo_jpeg(1, 64, 48), photo_jpeg(2, 64, 48), photo_jpeg(3, 64, 48)


class Folder:
    """The drop folder of one dataset, and the dataset."""

    def __init__(self, checkout: Checkout, name: str) -> None:
        self._checkout = checkout
        self.name = name
        self._markers = 0

    def put(self, path: str, body: bytes) -> None:
        """Put a file and wait until it has become what it becomes."""
        self._checkout.bucket.put(f"drop/{self.name}/{path}", body)
        self.settle()

    def remove(self, path: str) -> None:
        bucket = self._checkout.bucket
        bucket.client.delete_object(Bucket=bucket.name, Key=f"drop/{self.name}/{path}")

    def copy(self, path: str, to: str) -> None:
        bucket = self._checkout.bucket
        source = f"{bucket.name}/drop/{self.name}/{path}"
        bucket.client.copy_object(Bucket=bucket.name, Key=f"drop/{to}", CopySource=source)

    def delete_by_api(self, name: str) -> None:
        body = {"datasetID": self._id(self.name), "imagesNames": [name]}
        assert self._checkout.client.post("/delete/images", json=body).json()["notFound"] == []

    def settle(self) -> None:
        """Wait until everything that was put has been ingested: one file more, put last, is there too."""
        self._markers += 1
        marker = f"marker {self._markers}.jpg"
        self._checkout.bucket.put(f"drop/{self.name}/{marker}", MARKER)
        eventually(lambda: self._all(self.name), lambda names: marker in names, 60)
        eventually(self._row, lambda row: row["pendingCount"] == 0, 60)

    def images(self, dataset: str = "") -> set[str]:
        return {name for name in self._all(dataset or self.name) if not name.startswith("marker")}

    def rejected(self) -> list[str]:
        path = f"/dataset/receipts?state=rejected&datasetID={self._id(self.name)}"
        return [receipt["name"] for receipt in self._checkout.client.get(path).json()["receipts"]]

    def ids(self) -> dict[str, str]:
        return {row["name"]: row["uniqueID"] for row in self._checkout.client.rows(self._id(self.name))}

    def _row(self) -> dict[str, object]:
        return self._checkout.client.datasets()[self.name]

    def _all(self, dataset: str) -> set[str]:
        if dataset not in self._checkout.client.datasets():
            return set()
        return {row["name"] for row in self._checkout.client.rows(self._id(dataset))}

    def _id(self, dataset: str) -> str:
        return str(self._checkout.client.datasets()[dataset]["uniqueID"])


def put(folder: Folder) -> None:
    folder.put("a.jpg", FIRST)


def put_again(folder: Folder) -> None:
    put(folder)
    put(folder)


def overwrite(folder: Folder) -> None:
    put(folder)
    folder.put("a.jpg", OTHER)


def overwrite_and_back(folder: Folder) -> None:
    overwrite(folder)
    put(folder)


def remove(folder: Folder) -> None:
    put(folder)
    folder.remove("a.jpg")
    folder.settle()


def rename(folder: Folder) -> None:
    put(folder)
    folder.copy("a.jpg", f"{folder.name}/b.jpg")
    folder.remove("a.jpg")
    folder.settle()


def move(folder: Folder) -> None:
    put(folder)
    folder.copy("a.jpg", f"{folder.name} 2/a.jpg")
    folder.remove("a.jpg")
    assert eventually(lambda: folder.images(f"{folder.name} 2"), bool, 60) == {"a.jpg"}


def delete_and_put_again(folder: Folder) -> None:
    put(folder)
    before = folder.ids()["a.jpg"]
    folder.delete_by_api("a.jpg")
    put(folder)
    assert folder.ids()["a.jpg"] != before


def good_over_bad(folder: Folder) -> None:
    folder.put("a.jpg", b"no pixels")
    assert folder.images() == set()
    put(folder)
    assert folder.rejected() == ["a.jpg"]


def sub_folders(folder: Folder) -> None:
    folder.put("cat/1.jpg", FIRST)
    folder.put("dog/1.jpg", OTHER)


ACTS: dict[str, Callable[[Folder], None]] = {
    "put `a.jpg`": put,
    "put the same bytes again": put_again,
    "put other bytes over it": overwrite,
    "put other bytes over it, then the first ones again": overwrite_and_back,
    "remove it": remove,
    "rename it to `b.jpg`": rename,
    "move it to another dataset's folder": move,
    "delete the image by the API, then put the same bytes again": delete_and_put_again,
    "put a good file over one that was rejected": good_over_bad,
    "put `cat/1.jpg` and `dog/1.jpg`": sub_folders,
}


def rows_of_readme() -> dict[str, str]:
    """The table: what is done, and the images afterwards."""
    section = README.partition("## What the drop folder does")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return {done: images for done, images in rows[1:] if not done.startswith("-")}


def test_the_table_has_ten_rows_and_each_is_run() -> None:
    assert list(rows_of_readme()) == list(ACTS)
    assert len(ACTS) == 10


@pytest.mark.parametrize("done", ACTS)
def test_what_you_do_in_the_folder_leaves_the_images_that_the_table_names(
    checkout: Checkout, done: str
) -> None:
    folder = Folder(checkout, f"Drop table {list(ACTS).index(done)}")
    images = rows_of_readme()[done].partition(";")[0]
    patterns = [re.escape(name).replace("…", "[0-9a-f]{8}") for name in re.findall("`([^`]+)`", images)]

    ACTS[done](folder)

    found = sorted(folder.images(), key=lambda name: (len(name), name))
    assert len(found) == len(patterns), found
    assert all(re.fullmatch(pattern, name) for pattern, name in zip(patterns, found, strict=True)), found
