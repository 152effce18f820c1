"""The way back from the dead-letter queue: what SQS is asked, and what its answers mean.

moto has no StartMessageMoveTask; the answers are those that botocore's own description of SQS allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.adapters.sqs.failed_events import SqsFailedEvents
from chalicelib.domain.errors import TransientFault

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/failed"
ARN = "arn:aws:sqs:eu-central-1:123456789012:failed"


@pytest.fixture
def client() -> SQSClient:
    return boto3.client("sqs", region_name="eu-central-1")


@pytest.fixture
def failed(client: SQSClient) -> SqsFailedEvents:
    return SqsFailedEvents(client, QUEUE)


@pytest.fixture
def sqs(client: SQSClient) -> Iterator[Stubber]:
    """SQS, which must be asked what it was told to expect, and nothing else."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def the_arn_is_asked_for(sqs: Stubber) -> None:
    asked = {"QueueUrl": QUEUE, "AttributeNames": ["QueueArn"]}
    sqs.add_response("get_queue_attributes", {"Attributes": {"QueueArn": ARN}}, asked)


def test_every_event_goes_back_to_the_queue_that_it_came_from(sqs: Stubber, failed: SqsFailedEvents) -> None:
    the_arn_is_asked_for(sqs)
    sqs.add_response("start_message_move_task", {"TaskHandle": "t"}, {"SourceArn": ARN})
    assert failed.feed_back() is True


def test_what_is_being_moved_already_is_left_alone(sqs: Stubber, failed: SqsFailedEvents) -> None:
    the_arn_is_asked_for(sqs)
    sqs.add_client_error(
        "start_message_move_task",
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn.",
        400,
    )
    assert failed.feed_back() is False


def test_any_other_refusal_is_told(sqs: Stubber, failed: SqsFailedEvents) -> None:
    the_arn_is_asked_for(sqs)
    sqs.add_client_error("start_message_move_task", "AccessDenied", "", 403)
    with pytest.raises(TransientFault, match="AccessDenied"):
        failed.feed_back()


def test_how_many_there_are_is_what_sqs_thinks(sqs: Stubber, failed: SqsFailedEvents) -> None:
    asked = {"QueueUrl": QUEUE, "AttributeNames": ["ApproximateNumberOfMessages"]}
    sqs.add_response("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "12"}}, asked)
    assert failed.count() == 12
