"""A client that knows only the published API and S3."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import requests

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")


@dataclass
class NebulaClient:
    """Speaks HTTP to one stack, as the bearer of one token."""

    url: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """GET a route."""
        return self.send("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        """POST to a route."""
        return self.send("POST", path, **kwargs)

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Any request, with the token; one whose connection fails raises what `requests` raises."""
        headers = {"Authorization": self.token, **kwargs.pop("headers", {})}
        return self.session.request(method, self.url + path, headers=headers, timeout=60, **kwargs)

    def create(self, name: str, files: Sequence[tuple[str, bytes]]) -> requests.Response:
        """Create a dataset of these (name, bytes)."""
        return self.post("/dataset/create", data={"Dataset Name": name}, files=_parts(files))

    def update(self, name: str, files: Sequence[tuple[str, bytes]]) -> requests.Response:
        """Add these (name, bytes) to a dataset."""
        return self.post("/dataset/update", data={"Dataset name": name}, files=_parts(files))

    def details(self, dataset_id: str) -> dict[str, Any]:
        """A dataset's details."""
        reply = self.post("/dataset/details", json={"id": dataset_id})
        assert reply.status_code == 200, reply.text
        return dict(reply.json()["result"])

    def rows(self, dataset_id: str) -> list[dict[str, Any]]:
        """A dataset's image rows."""
        return list(self.details(dataset_id)["datasetDetilsRows"])

    def datasets(self) -> dict[str, dict[str, Any]]:
        """All datasets by name."""
        reply = self.get("/dataset/list")
        assert reply.status_code == 200, reply.text
        return {row["name"]: row for row in reply.json()["result"]["datasetList"]}


def _parts(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("Image(s)", (name, body)) for name, body in files]


class Bucket:
    """The stack's bucket through an S3 client of its own."""

    def __init__(self, client: S3Client, name: str) -> None:
        self.client = client
        self.name = name

    def put(self, key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Put an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=body, Metadata=dict(metadata or {}))

    def get(self, key: str) -> bytes:
        """An object's bytes."""
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def etag(self, key: str) -> str:
        """An object's ETag, without quotes."""
        return self.client.head_object(Bucket=self.name, Key=key)["ETag"].strip('"')

    def keys(self, prefix: str) -> list[str]:
        """All keys below a prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]


def eventually(probe: Callable[[], T], wanted: Callable[[T], bool], seconds: float = 30.0) -> T:
    """Ask again until the answer is the wanted one; fails with the last one."""
    end = time.monotonic() + seconds
    while True:
        answer = probe()
        if wanted(answer):
            return answer
        assert time.monotonic() < end, f"still {answer!r} after {seconds} s"
        time.sleep(0.1)
