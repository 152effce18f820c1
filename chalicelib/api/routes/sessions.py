"""Routes of upload sessions: announce files, see how far they are, renew what expired."""

from __future__ import annotations

from chalice.app import Blueprint
from msgspec import UNSET, UnsetType

from chalicelib.api.bodies.sessions import (
    AnnounceReply,
    AnnounceRequest,
    FileStateReply,
    RequestedFileReply,
    SessionReply,
    SessionRowsRequest,
)
from chalicelib.api.bodies.shared import moment, next_cursor, public_state
from chalicelib.api.bodies.uploads import Failure
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.parsing import HeaderField, JsonBody, PathAndQuery
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import DatasetNotFound, InvalidName, UploadNotFound
from chalicelib.domain.users import Role
from chalicelib.services.intake.upload_sessions import PutRequests, SessionStatus

routes = Blueprint(__name__)

IDEMPOTENCY_KEY = HeaderField("Idempotency-Key", 255, "Names the call, so that a repeat is known as one.")


@routes.route("/dataset/uploads", methods=["POST"], content_types=[])
@endpoint(
    Role.EDITOR,
    JsonBody(AnnounceRequest),
    headers=(IDEMPOTENCY_KEY,),
    raises=(DatasetNotFound, UploadNotFound, InvalidName),
)
def announce_files(call: Call, asked: AnnounceRequest) -> AnnounceReply:
    """Announce files; the reply says how each is put straight into the bucket.

    A repeat under the same `Idempotency-Key` announces nothing again and gets the same answer.
    """
    requests = call.services.upload_sessions.announce(
        asked.target, asked.declared, call.caller(), IDEMPOTENCY_KEY.read(call)
    )
    record(call, Action.ANNOUNCE, requests.session.dataset_id, names=[file.name for file in requests.files])
    return _announced(requests)


@routes.route("/dataset/uploads/{uploadID}", methods=["GET"], content_types=[])
@endpoint(Role.EDITOR, PathAndQuery(SessionRowsRequest), raises=(UploadNotFound,))
def get_session(call: Call, asked: SessionRowsRequest) -> SessionReply:
    """Show how far an upload session is, file by file."""
    status = call.services.upload_sessions.status(asked.upload, asked.page)
    call.dataset_id = status.session.dataset_id
    return _status(status)


@routes.route("/dataset/uploads/{uploadID}/urls", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, PathAndQuery(SessionRowsRequest), raises=(UploadNotFound,))
def renew_urls(call: Call, asked: SessionRowsRequest) -> AnnounceReply:
    """Renew the requests of the files that have not come yet."""
    requests, page = call.services.upload_sessions.renew(asked.upload, asked.page)
    record(call, Action.RENEW, requests.session.dataset_id, names=[file.name for file in requests.files])
    return _announced(requests, next_cursor(page))


def _announced(requests: PutRequests, cursor: str | UnsetType = UNSET) -> AnnounceReply:
    return AnnounceReply(
        upload_id=requests.session.id,
        dataset_id=requests.session.dataset_id,
        status=200,
        expires_at=moment(requests.expires_at),
        files=[
            RequestedFileReply(file.name, file.request.method, file.request.url, dict(file.request.headers))
            for file in requests.files
        ],
        failures=[
            Failure(receipt.name, receipt.reason or "", receipt.code or UNSET) for receipt in requests.refused
        ]
        or UNSET,
        next_cursor=cursor,
    )


def _status(status: SessionStatus) -> SessionReply:
    tally = status.tally
    return SessionReply(
        upload_id=status.session.id,
        dataset_id=status.session.dataset_id,
        expires_at=moment(status.session.expires_at),
        expected=tally.expected,
        stored=tally.stored,
        rejected=tally.rejected,
        failed=tally.failed,
        pending=tally.pending,
        complete=tally.complete,
        files=[
            FileStateReply(
                receipt.name, public_state(receipt.state), receipt.reason or UNSET, receipt.code or UNSET
            )
            for receipt in status.files.rows
        ],
        next_cursor=next_cursor(status.files),
    )
