"""How the bucket is spoken to: signatures, patience, and where its name stands in a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 10.0
_ATTEMPTS = 3


def s3_client(
    *,
    endpoint_url: str | None = None,
    region: str | None = None,
    max_connections: int = 32,
    read_timeout: float = _READ_SECONDS,
) -> S3Client:
    """A boto3 client set up for this adapter; makes no connection.

    Without `endpoint_url`, boto3 takes `AWS_ENDPOINT_URL_S3` or Amazon's own. `max_connections` is
    how many threads may share the client without queueing. A server that does not answer is given
    up after three attempts of `read_timeout` seconds each.
    """
    config = Config(
        signature_version="s3v4",
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_timeout,
        max_pool_connections=max_connections,
        user_agent="nebula",  # boto3's own is put together again for each request, a tenth of its work
        # makes presigned URLs name the region's host, which no redirect follows
        s3={"addressing_style": "virtual"},
    )
    session = boto3.Session(region_name=region)
    client = session.client("s3", endpoint_url=endpoint_url, config=config)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return client
    # other servers need not have a host name per bucket
    by_path = config.merge(Config(s3={"addressing_style": "path"}))
    return session.client("s3", endpoint_url=endpoint_url, config=by_path)
