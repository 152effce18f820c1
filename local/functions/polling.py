"""Notices new objects by listing: for an S3 server of the user's own, which tells us nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.functions.s3_event import CreatedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOGGER = logging.getLogger("local.functions.polling")


class BucketWatch:
    """Lists the prefixes of a bucket and tells of every version of an object once.

    After a start it tells of everything there is, which is harmless: ingest knows what it has had.
    """

    def __init__(self, client: S3Client, bucket: str, prefixes: Sequence[str]) -> None:
        self._client = client
        self._bucket = bucket
        self._prefixes = prefixes
        self._seen: dict[str, str] = {}

    def look(self) -> list[CreatedObject]:
        """What is new since the last look.

        Raises:
            BotoCoreError, ClientError: the server does not answer as it should.
        """
        there = {found.key: found for prefix in self._prefixes for found in self._list(prefix)}
        new = [found for key, found in there.items() if self._seen.get(key) != found.etag]
        self._seen = {key: found.etag for key, found in there.items()}
        return new

    def _list(self, prefix: str) -> list[CreatedObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [
            CreatedObject(
                bucket=self._bucket,
                key=entry["Key"],
                size=entry["Size"],
                etag=entry["ETag"].strip('"'),
                at_ns=int(entry["LastModified"].timestamp() * 1e9),
            )
            for page in pages
            for entry in page.get("Contents", [])
            if not entry["Key"].endswith("/")
        ]


def watch(
    bucket: BucketWatch, tell: Callable[[CreatedObject], None], stop: threading.Event, seconds: float = 1
) -> None:
    """Look every few seconds until `stop` is set."""
    while not stop.wait(seconds):
        try:
            for created in bucket.look():
                tell(created)
        except (BotoCoreError, ClientError) as error:
            LOGGER.warning("the bucket cannot be listed: %s", error)
