"""What boto3 raises, in the words of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from chalicelib.domain.errors import NebulaError, ObjectChanged, TransientFault
from chalicelib.domain.ids import ObjectKey

_TRANSIENT_CODES = frozenset(
    {"SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "ExpiredToken"}
)
_TRANSIENT_STATUSES = frozenset({408, 429})
TRANSIENT_ERRORS = (
    NoConnectionError,
    HTTPClientError,
    IncompleteReadError,
    FlexibleChecksumError,
    CredentialRetrievalError,
)


class S3Refused(NebulaError):
    """S3 refused a request for good: permissions, a missing bucket, a key that it does not take."""


@contextmanager
def translated(operation: str, key: ObjectKey | None = None) -> Iterator[None]:
    """Turn boto3's errors into ours; with `key`, its object's absence or replacement is ObjectChanged.

    A message names no URL: an object's key may be the secret that guards it.
    """
    try:
        yield
    except ClientError as error:
        raise _fault(operation, key, error) from error
    except TRANSIENT_ERRORS as error:
        raise TransientFault("S3", f"{operation}: {type(error).__name__}") from error
    except BotoCoreError as error:
        raise S3Refused(f"{operation}: {type(error).__name__}") from error


def _fault(operation: str, key: ObjectKey | None, error: ClientError) -> NebulaError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if key is not None and (code in ("NoSuchKey", "404") or status == 412):
        return ObjectChanged(key)
    if status >= 500 or status in _TRANSIENT_STATUSES or code in _TRANSIENT_CODES:
        return TransientFault("S3", f"{operation}: {code}")
    return S3Refused(f"{operation}: {code}")
