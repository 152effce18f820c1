"""The dead-letter queue of the intake, and the way back from it: SQS's own redrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.adapters.sqs.client import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_UNDER_WAY = "already a task running"
"""SQS moves in the background, one task per queue; the words of its InvalidParameterValue."""


class SqsFailedEvents:
    """`ports.FailedEvents`: each event goes back to the queue that it came from."""

    def __init__(self, client: SQSClient, queue: str) -> None:
        """The dead-letter queue by its URL."""
        self._client = client
        self._queue = queue

    def count(self) -> int:
        with translated("GetQueueAttributes"):
            reply = self._client.get_queue_attributes(
                QueueUrl=self._queue, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(reply["Attributes"]["ApproximateNumberOfMessages"])

    def feed_back(self) -> bool:
        with translated("StartMessageMoveTask"):
            reply = self._client.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
            try:
                self._client.start_message_move_task(SourceArn=reply["Attributes"]["QueueArn"])
            except ClientError as error:
                if _UNDER_WAY not in error.response["Error"].get("Message", ""):
                    raise
                return False
        return True
