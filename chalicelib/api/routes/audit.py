"""The route that shows the audit."""

from __future__ import annotations

from chalice.app import Blueprint
from msgspec import UNSET

from chalicelib.api.bodies.audit import AuditRecordReply, AuditReply, AuditRequest
from chalicelib.api.bodies.shared import moment, next_cursor
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.parsing import Query
from chalicelib.domain.audit import Action, AuditRecord
from chalicelib.domain.users import Role

routes = Blueprint(__name__)


@routes.route("/audit", methods=["GET"], content_types=[])
@endpoint(Role.ADMIN, Query(AuditRequest))
def list_audit(call: Call, asked: AuditRequest) -> AuditReply:
    """List who did what, newest first; reading it is recorded too.

    What shows pictures or their URLs, takes some in or removes some is recorded. Lists, receipts
    and the states of upload sessions are not: the request log has them.
    """
    page = call.services.audit.page(asked.dataset, asked.user, asked.page)
    record(call, Action.AUDIT, asked.dataset)
    return AuditReply([_row(act) for act in page.rows], next_cursor(page))


def _row(act: AuditRecord) -> AuditRecordReply:
    return AuditRecordReply(
        date=moment(act.at),
        action=act.action,
        request_id=act.request_id,
        digest=act.digest,
        user=act.user or UNSET,
        role=act.role or UNSET,
        dataset_id=act.dataset_id or UNSET,
        names=list(act.names) or UNSET,
        file=act.file_id or UNSET,
        address=act.address or UNSET,
    )
