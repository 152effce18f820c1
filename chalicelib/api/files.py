"""The download route of the embedded persist store."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.api.call import Call
from chalicelib.api.endpoint import endpoint
from chalicelib.api.parsing import PathParameters
from chalicelib.api.requests import FileRequest
from chalicelib.api.responses import redirect

routes = Blueprint(__name__)


@routes.route("/api/files/{file_id}/download/{name}", methods=["GET"], content_types=[])
@endpoint(None, PathParameters(FileRequest))
def download_file(call: Call, asked: FileRequest) -> Response:
    """Send whoever knows the unguessable name to the file; no token is needed."""
    return redirect(call.services.persisted_files.download_url(asked.file_id, asked.name), 302)
