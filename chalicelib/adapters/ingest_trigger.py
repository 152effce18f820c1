"""Starts the ingest function on objects that are there already, with the event that S3 would send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.model import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

RECORDS_PER_EVENT = 20
"""Ingested one after the other within one run of the function; 256 KB would hold some 500."""


def lambda_client() -> LambdaClient:
    """A boto3 client for Lambda; `AWS_ENDPOINT_URL_LAMBDA` names the laptop's stand-in."""
    config = Config(
        connect_timeout=2.0, read_timeout=5.0, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return boto3.client("lambda", config=config)


class LambdaIngestTrigger:
    """`ports.IngestTrigger` by asynchronous invocations: retried and dead-lettered like S3's own."""

    def __init__(self, client: LambdaClient, function: str, bucket: str) -> None:
        self._client = client
        self._function = function
        self._bucket = bucket

    def trigger(self, versions: Sequence[ObjectVersion]) -> None:
        for start in range(0, len(versions), RECORDS_PER_EVENT):
            records = [self._record(version) for version in versions[start : start + RECORDS_PER_EVENT]]
            try:
                self._client.invoke(
                    FunctionName=self._function,
                    InvocationType="Event",
                    Payload=json.dumps({"Records": records}).encode(),
                )
            except (BotoCoreError, ClientError) as error:
                raise TransientFault("Lambda", f"{self._function}: {type(error).__name__}") from error

    def _record(self, version: ObjectVersion) -> dict[str, object]:
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "eventTime": version.at.isoformat(),
            "s3": {
                "bucket": {"name": self._bucket},
                "object": {"key": quote_plus(version.key), "size": version.size, "eTag": version.etag},
            },
        }
