"""The bucket's notifications: what is put under the prefixes becomes messages, as long as the block lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from local.functions.polling import BucketWatch, watch
from local.functions.s3_event import CreatedObject, object_created
from testing.lambda_runtime.events import sqs
from testing.lambda_runtime.server import FunctionError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOOK_SECONDS = 0.05


@contextmanager
def notifications(
    client: S3Client,
    bucket: str,
    prefixes: Sequence[str],
    queue_arn: str,
    send: Callable[[dict[str, Any]], Any],
) -> Iterator[None]:
    """Tell of every object once, one after the other, as messages of a queue.

    What the function fails on is in its log.
    """
    stop = threading.Event()

    def tell(created: CreatedObject) -> None:
        with suppress(FunctionError):
            send(sqs([object_created(created)], queue_arn))

    thread = threading.Thread(
        target=watch, args=[BucketWatch(client, bucket, prefixes), tell, stop, _LOOK_SECONDS], daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
