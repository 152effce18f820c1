"""What a function does with messages of a queue, each of which holds an event of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

_SOURCE = "aws:sqs"


def is_batch(event: Mapping[str, Any]) -> bool:
    """Whether an event is a batch of a queue's messages."""
    return any(record.get("eventSource") == _SOURCE for record in event.get("Records", ()))


def handle_each(
    event: Mapping[str, Any], handle: Callable[[Mapping[str, object]], None]
) -> PartialItemFailureResponse:
    """Have the event in each message handled; the reply names the messages that are to come again.

    Raises:
        BatchProcessingError: every one of them is. As an error of the function it is counted, and the
            queue is read more slowly until the function succeeds again.
    """
    # It loads much that only this needs.
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    def handle_record(record: SQSRecord) -> None:
        handle(json.loads(record.body))

    return process_partial_response(
        event=dict(event),
        record_handler=handle_record,
        processor=BatchProcessor(event_type=EventType.SQS),
    )
