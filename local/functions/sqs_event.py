"""Events as Lambda makes them of a queue's messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5
from uuid import uuid4

from local.functions.s3_event import Event


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a queue, and how often it has been received."""

    body: str
    id: str = field(default_factory=lambda: str(uuid4()))
    receives: int = 1

    @property
    def md5(self) -> str:
        """By which SQS's clients see that it came whole."""
        return md5(self.body.encode(), usedforsecurity=False).hexdigest()


def batch_of(message: Message, queue: str) -> Event:
    """The event that brings this one message."""
    return {
        "Records": [
            {
                "messageId": message.id,
                "receiptHandle": uuid4().hex,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receives)},
                "messageAttributes": {},
                "md5OfBody": message.md5,
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                "awsRegion": "us-east-1",
            }
        ]
    }
