"""Events as AWS delivers them: S3's own, the same in a batch from a queue, and the schedule's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from uuid import uuid4

from local.functions.s3_event import CreatedObject, object_created

Event = dict[str, Any]


def created(
    bucket: str, key: str, body: bytes, etag: str, region: str, *, at: datetime | None = None
) -> Event:
    """What S3 tells of an object that was put; `etag` without quotes."""
    at_ns = int((at or datetime.now(UTC)).timestamp() * 1e9)
    return object_created(CreatedObject(bucket, key, len(body), etag, at_ns), region)


def removed(bucket: str, key: str, region: str) -> Event:
    """What S3 would tell of an object that was removed: no size, no ETag."""
    event = created(bucket, key, b"", "", region)
    record = event["Records"][0]
    record["eventName"] = "ObjectRemoved:Delete"
    del record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]
    return event


def s3_test_event(bucket: str) -> Event:
    """What S3 sends once, when a notification is set up."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "Bucket": bucket,
        "RequestId": uuid4().hex[:16].upper(),
        "HostId": uuid4().hex,
    }


def sqs(bodies: Sequence[Mapping[str, Any] | str], queue_arn: str) -> Event:
    """A batch of an event source mapping: one message for each body, which S3 puts there as JSON."""
    return {"Records": [_message(body, queue_arn) for body in bodies]}


def _message(body: Mapping[str, Any] | str, queue_arn: str) -> Event:
    text = body if isinstance(body, str) else json.dumps(body)
    sent = str(int(datetime.now(UTC).timestamp() * 1000))
    return {
        "messageId": str(uuid4()),
        "receiptHandle": uuid4().hex,
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": "AIDAJHIPRHEMV73VRJEBU",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def scheduled(rule: Mapping[str, Any], region: str, account: str) -> Event:
    """What EventBridge sends for a rule of the template: its target's own input, else the usual event."""
    given = rule["Targets"][0].get("Input")
    if given is not None:
        event: Event = json.loads(given)
        return event
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{account}:rule/nebula-dev-{rule['Targets'][0]['Id']}"],
        "detail": {},
    }
