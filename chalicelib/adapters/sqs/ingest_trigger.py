"""Sends objects that are there already into the queues of the intake, as S3 does with new ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from chalicelib.adapters.sqs.client import translated
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.uploads import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGES_PER_CALL = 10
"""As many as SQS takes in one call."""


class SqsIngestTrigger:
    """`ports.IngestTrigger` by messages like S3's own: one object each, in the lane of its prefix."""

    def __init__(
        self, client: SQSClient, bucket: str, incoming_prefix: str, incoming_queue: str, drop_queue: str
    ) -> None:
        """The queues by their URLs."""
        self._client = client
        self._bucket = bucket
        self._incoming_prefix = incoming_prefix
        self._incoming_queue = incoming_queue
        self._drop_queue = drop_queue

    def trigger(self, versions: Sequence[ObjectVersion]) -> None:
        incoming = [version for version in versions if version.key.startswith(self._incoming_prefix)]
        dropped = [version for version in versions if not version.key.startswith(self._incoming_prefix)]
        self._send(self._incoming_queue, incoming)
        self._send(self._drop_queue, dropped)

    def _send(self, queue: str, versions: Sequence[ObjectVersion]) -> None:
        for start in range(0, len(versions), MESSAGES_PER_CALL):
            batch = versions[start : start + MESSAGES_PER_CALL]
            with translated("SendMessageBatch"):
                reply = self._client.send_message_batch(
                    QueueUrl=queue,
                    Entries=[
                        {"Id": str(n), "MessageBody": json.dumps({"Records": [self._record(version)]})}
                        for n, version in enumerate(batch)
                    ],
                )
            if failed := reply.get("Failed"):
                raise TransientFault("SQS", f"SendMessageBatch: {len(failed)} failed, {failed[0]['Code']}")

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
