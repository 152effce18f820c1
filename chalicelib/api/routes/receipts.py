"""Routes of receipts: what became of every file, and another try for those that failed."""

from __future__ import annotations

from chalice.app import Blueprint
from msgspec import UNSET

from chalicelib.api.bodies.receipts import (
    ReceiptReply,
    ReceiptsReply,
    ReceiptsRequest,
    RetryReply,
    RetryRequest,
)
from chalicelib.api.bodies.shared import moment, next_cursor, public_state
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.parsing import JsonBody, Query
from chalicelib.domain.audit import Action
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.users import Role

routes = Blueprint(__name__)


@routes.route("/dataset/receipts", methods=["GET"], content_types=[])
@endpoint(Role.VIEWER, Query(ReceiptsRequest))
def list_receipts(call: Call, asked: ReceiptsRequest) -> ReceiptsReply:
    """List what became of every file, in upload order."""
    page = call.services.receipts.page(asked.dataset, asked.states, asked.page)
    return ReceiptsReply([_receipt(row) for row in page.rows], next_cursor(page))


@routes.route("/dataset/receipts/retry", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, JsonBody(RetryRequest))
def retry_failed(call: Call, asked: RetryRequest) -> RetryReply:
    """Retry the files that a dependency's fault stopped."""
    retried = call.services.receipts.retry(asked.dataset)
    record(call, Action.RETRY, asked.dataset)
    return RetryReply(retried, 200)


def _receipt(receipt: Receipt) -> ReceiptReply:
    return ReceiptReply(
        name=receipt.name,
        source=receipt.source.value,
        state=public_state(receipt.state),
        reason=receipt.reason,
        uploaded_by=receipt.uploaded_by,
        date=moment(receipt.finished_at or receipt.announced_at),
        dataset_id=receipt.dataset_id or UNSET,
        image_id=receipt.image_id if receipt.state is ReceiptState.STORED else UNSET,
        code=receipt.code or UNSET,
    )
