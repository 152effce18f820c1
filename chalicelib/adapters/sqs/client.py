"""How SQS is spoken to, and what boto3 raises in the words of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import TransientFault

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def sqs_client() -> SQSClient:
    """A boto3 client for SQS; `AWS_ENDPOINT_URL_SQS` names the laptop's stand-in."""
    config = Config(
        connect_timeout=2.0, read_timeout=5.0, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return boto3.client("sqs", config=config)


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Turn boto3's errors into ours.

    Raises:
        TransientFault: SQS refused or did not answer.
    """
    try:
        yield
    except ClientError as error:
        raise TransientFault("SQS", f"{operation}: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise TransientFault("SQS", f"{operation}: {type(error).__name__}") from error
