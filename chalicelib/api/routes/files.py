"""The download route of the embedded persist store."""

from __future__ import annotations

from chalice.app import Blueprint, HeadersType, Response

from chalicelib.api.bodies.files import FileRequest
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call
from chalicelib.api.http.conditional import asked_range, is_unchanged
from chalicelib.api.http.endpoint import Success, endpoint
from chalicelib.api.http.errors import RangeNotSatisfiable
from chalicelib.api.http.limits import MAX_BODY_BYTES
from chalicelib.api.http.parsing import HeaderField, PathParameters
from chalicelib.api.http.responses import redirect
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import FileNotFound
from chalicelib.domain.formats import FILE_TYPES
from chalicelib.domain.lifetimes import FILE_REDIRECT
from chalicelib.domain.stored_files import ByteRange, StoredFile

routes = Blueprint(__name__)

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture needs nothing. Whatever a browser took it for, it could neither run nor load anything."""
CACHE_CONTROL = "private, max-age=31536000, immutable"
"""The bytes under a URL never change. Private: the URL is a secret of those whom it was given to."""
_TYPES = tuple(kind.content_type for kind in FILE_TYPES.values())
_BYTES = ("Content-Security-Policy", "ETag", "Accept-Ranges")
FILE = Success(200, "The file's bytes, as the type that was detected.", _TYPES, _BYTES)
PART = Success(206, "The part that `Range` asks for.", _TYPES, (*_BYTES, "Content-Range"))
UNCHANGED = Success(304, "The client has the bytes that `If-None-Match` names.", (), ("ETag",))
ELSEWHERE = Success(302, "The file is too large for one response: it lies at `Location`.", (), ("Location",))
IF_NONE_MATCH = HeaderField("If-None-Match", 1024, "ETags of what the client has")
RANGE = HeaderField("Range", 1024, "one range, such as `bytes=0-1023`; several are answered with all")
IF_RANGE = HeaderField("If-Range", 1024, "the ETag that the range belongs to; of another one all is sent")


@routes.route("/api/files/{file_id}/download/{name}", methods=["GET"], content_types=[])
@endpoint(
    None,
    PathParameters(FileRequest),
    headers=(IF_NONE_MATCH, RANGE, IF_RANGE),
    gives=(FILE, PART, UNCHANGED, ELSEWHERE),
    raises=(FileNotFound, RangeNotSatisfiable),
    ignores_unknown_keys=True,
)
def download_file(call: Call, asked: FileRequest) -> Response:
    """Send a file's bytes to whoever knows its unguessable name; no token is needed.

    They never change, and may be kept. They pass through the function where they fit, since S3
    cannot send `nosniff`; a larger file is saved by browsers, never shown.
    """
    files = call.services.persisted_files
    file = files.find(asked.file_id, asked.name)
    headers = _headers(file)
    if is_unchanged(IF_NONE_MATCH.read(call) or "", file.etag):
        return Response(b"", headers, 304)
    if call.is_head:
        return Response(b"", {**headers, **_of_bytes(file, file.size)}, 200)
    part = asked_range(RANGE.read(call) or "", IF_RANGE.read(call) or "", file.etag, file.size)
    record(call, Action.OPEN, None, file_id=asked.file_id)
    if (part.length if part else file.size) > MAX_BODY_BYTES:
        url = files.download_url(file, cache_control=CACHE_CONTROL)
        return redirect(url, 302, reusable_for=FILE_REDIRECT)
    body = files.read(file, part)
    headers |= _of_bytes(file, len(body))
    if part is None:
        return Response(body, headers, 200)
    return Response(body, {**headers, "Content-Range": _content_range(part, file.size)}, 206)


def _headers(file: StoredFile) -> HeadersType:
    """What is true of a file whether its bytes are sent or not."""
    return {"ETag": file.etag, "Cache-Control": CACHE_CONTROL}


def _of_bytes(file: StoredFile, length: int) -> HeadersType:
    return {
        "Content-Type": file.content_type,
        "Content-Length": str(length),
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }


def _content_range(part: ByteRange, size: int) -> str:
    return f"bytes {part.first}-{part.last}/{size}"
