"""Made drops that were settled long ago: records in a real mongod, and a bucket's listing of them.

No object is stored: the listing is replayed page by page, as S3 writes it, and read by boto3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from botocore.handlers import disable_signing
from bson import ObjectId
from pymongo.database import Database

from chalicelib.adapters.s3.client import s3_client
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.layout import dropped_receipt_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 1_000
DATASETS = 100
DOCUMENTS_AT_ONCE = 10_000
_LONG_AGO = datetime.now(UTC) - timedelta(days=3)


class SettledDrops:
    """So many drops of a hundred datasets, `0` to `count - 1` in the order of their keys."""

    def __init__(self, bucket: str, count: int) -> None:
        self.bucket = bucket
        self.count = count
        self._per_dataset = -(-count // DATASETS)

    def key(self, n: int) -> ObjectKey:
        """Where drop `n` lies."""
        return ObjectKey(f"drop/Set {n // self._per_dataset:03d}/IMG_{n % self._per_dataset:07d}.jpg")

    def behind(self, key: str) -> int:
        """The first drop behind a key of one of them; the very first if `key` is empty."""
        if not key:
            return 0
        _, folder, name = key.split("/")
        return int(folder[-3:]) * self._per_dataset + int(name[4:11]) + 1

    def record(self, database: Database[dict[str, Any]]) -> None:
        """Write the receipt of each, as ingest leaves it."""
        receipts = (self._receipt(n) for n in range(self.count))
        while batch := list(islice(receipts, DOCUMENTS_AT_ONCE)):
            database["uploads"].insert_many(batch, ordered=False)

    def _receipt(self, n: int) -> dict[str, Any]:
        return {
            "_id": dropped_receipt_id(self.bucket, self.key(n), _etag(n)),
            "source": "drop",
            "key": self.key(n),
            "name": self.key(n).rpartition("/")[2],
            "datasetID": ObjectId(f"{n // self._per_dataset:024x}"),
            "uploadID": None,
            "order": f"{n:013d}-{n:024x}-000000",
            "uploadedBy": "drop",
            "announcedAt": _LONG_AGO,
            "imageID": ObjectId(f"{n:024x}"),
            "persistName": f"{n:064x}",
            "state": "stored",
            "attempts": 1,
            "declaredSize": None,
            "declaredSha256": None,
            "finishedAt": _LONG_AGO + timedelta(minutes=1),
        }


class ReplayedBucket:
    """A client whose listings are those of the made drops; `listings` counts them."""

    def __init__(self, drops: SettledDrops) -> None:
        self._drops = drops
        self.listings = 0
        self.client: S3Client = s3_client(endpoint_url="http://127.0.0.1:9", region="us-east-1")
        answer: Any = self._answer
        self.client.meta.events.register("before-send.s3.ListObjectsV2", answer)
        self.client.meta.events.register("choose-signer.s3", disable_signing)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.listings += 1
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        after = query.get("continuation-token") or query.get("start-after", "")
        first = self._drops.behind(after) if query["prefix"] == "drop/" else self._drops.count
        body = self._page(range(first, min(first + PAGE, self._drops.count)))
        return AWSResponse(request.url, 200, {"Content-Type": "application/xml"}, _Body(body))  # type: ignore[arg-type]

    def _page(self, drops: range) -> bytes:
        more = bool(drops) and drops.stop < self._drops.count
        token = f"<NextContinuationToken>{self._drops.key(drops.stop - 1)}</NextContinuationToken>"
        at = _LONG_AGO.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        rows = "".join(
            f"<Contents><Key>{escape(self._drops.key(n))}</Key><LastModified>{at}</LastModified>"
            f"<ETag>&quot;{_etag(n)}&quot;</ETag><Size>500000</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for n in drops
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token if more else ''}{rows}</ListBucketResult>"
        ).encode()


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _etag(n: int) -> str:
    return f"{n:032x}"
