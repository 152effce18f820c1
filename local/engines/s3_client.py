"""An S3 client of the laptop's own, and the bucket as the stack needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3_client(
    endpoint_url: str,
    access_key: str,
    secret_key: str,
    region: str,
    attempts: int = 3,
    connections: int = 10,
) -> S3Client:
    """A client of an S3 server that names buckets in the path, with bounded waits.

    `connections`: how many threads may use it at once without waiting for each other.
    """
    config = ClientConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": attempts},
        proxies={},
        max_pool_connections=connections,
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=region,
        config=config,
    )


def s3_of(variables: Mapping[str, str], connections: int = 10) -> S3Client:
    """A client of the stack that the variables of its `dev.env` describe."""
    return s3_client(
        variables["AWS_ENDPOINT_URL_S3"],
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
        variables["AWS_DEFAULT_REGION"],
        connections=connections,
    )


def ensure_bucket(client: S3Client, bucket: str) -> None:
    """Make the bucket if there is none, and let browsers use presigned requests on it."""
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        client.create_bucket(Bucket=bucket)
    client.put_bucket_cors(
        Bucket=bucket,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": ["*"],
                    "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag"],
                }
            ]
        },
    )
