"""The download route of the embedded persist store."""

from __future__ import annotations

from chalice.app import Blueprint, HeadersType, Response

from chalicelib.api.auditing import record
from chalicelib.api.call import Call
from chalicelib.api.endpoint import Success, endpoint
from chalicelib.api.limits import MAX_BODY_BYTES
from chalicelib.api.parsing import PathParameters
from chalicelib.api.requests import FileRequest
from chalicelib.api.responses import redirect
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import FileNotFound
from chalicelib.domain.formats import FILE_TYPES, content_type_of_extension

routes = Blueprint(__name__)

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture needs nothing. Whatever a browser took it for, it could neither run nor load anything."""
FILE = Success(
    200,
    "The file's bytes, as the type that was detected.",
    tuple(kind.content_type for kind in FILE_TYPES.values()),
    ("Content-Security-Policy",),
)
ELSEWHERE = Success(302, "The file is too large for one response: it lies at `Location`.", (), ("Location",))


@routes.route("/api/files/{file_id}/download/{name}", methods=["GET"], content_types=[])
@endpoint(None, PathParameters(FileRequest), gives=(FILE, ELSEWHERE), raises=(FileNotFound,))
def download_file(call: Call, asked: FileRequest) -> Response:
    """Send a file's bytes to whoever knows its unguessable name; no token is needed.

    They pass through the function where they fit, since S3 cannot send `nosniff`; a larger file is
    saved by browsers, never shown.
    """
    files = call.services.persisted_files
    body = files.read(asked.file_id, asked.name, MAX_BODY_BYTES)
    record(call, Action.OPEN, None, file_id=asked.file_id)
    if body is None:
        return redirect(files.download_url(asked.file_id, asked.name), 302)
    headers: HeadersType = {
        "Content-Type": content_type_of_extension(asked.name.rpartition(".")[2]),
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    return Response(body, headers, 200)
