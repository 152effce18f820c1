"""Events as S3 sends them to a function when an object was created."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from local.processes.ports import LOOPBACK

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CreatedObject:
    """An object that was put or overwritten. `etag` has no quotes; `at_ns` counts from the epoch."""

    bucket: str
    key: str
    size: int
    etag: str
    at_ns: int


def object_created(created: CreatedObject, region: str = "us-east-1") -> Event:
    """The event, with its one record, that tells a function of a created object.

    The key is encoded as S3 does it: a form's encoding, with slashes left as they are.
    """
    at = datetime.fromtimestamp(created.at_ns / 1e9, UTC)
    was_multipart = "-" in created.etag
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": region,
                "eventTime": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
                "eventName": f"ObjectCreated:{'CompleteMultipartUpload' if was_multipart else 'Put'}",
                "userIdentity": {"principalId": "AWS:LAPTOP"},
                "requestParameters": {"sourceIPAddress": LOOPBACK},
                "responseElements": {
                    "x-amz-request-id": secrets.token_hex(8).upper(),
                    "x-amz-id-2": secrets.token_urlsafe(48),
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "nebula-intake",
                    "bucket": {
                        "name": created.bucket,
                        "ownerIdentity": {"principalId": "LAPTOP"},
                        "arn": f"arn:aws:s3:::{created.bucket}",
                    },
                    "object": {
                        "key": quote_plus(created.key, safe="/"),
                        "size": created.size,
                        "eTag": created.etag,
                        "sequencer": f"{created.at_ns:018X}",
                    },
                },
            }
        ]
    }
