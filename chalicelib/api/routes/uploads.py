"""Routes that take files in: create and update."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api.bodies.present import upload_reply
from chalicelib.api.bodies.uploads import UploadReply
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.multipart import UploadForm, UploadFormBody
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import DatasetNameTaken, DatasetNotFound
from chalicelib.domain.users import Role

routes = Blueprint(__name__)


@routes.route("/dataset/create", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, UploadFormBody("Dataset Name"), raises=(DatasetNameTaken,), ignores_unknown_keys=True)
def create_dataset(call: Call, form: UploadForm) -> UploadReply:
    """Create a dataset of a form's files.

    The reply comes once each file has become an image or was rejected. What takes longer than a
    request may wait is counted in `pendingUpload` and arrives by itself; `failures` says which
    files were rejected, and why.
    """
    outcome = call.services.accept_files.create(form.dataset_name, form.files, call.caller())
    record(call, Action.CREATE, outcome.dataset_id, names=form.file_names)
    return upload_reply(outcome)


@routes.route("/dataset/update", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, UploadFormBody("Dataset name"), raises=(DatasetNotFound,), ignores_unknown_keys=True)
def update_dataset(call: Call, form: UploadForm) -> UploadReply:
    """Add a form's files to a dataset, named by its name; the reply is as for create."""
    outcome = call.services.accept_files.update(form.dataset_name, form.files, call.caller())
    record(call, Action.UPDATE, outcome.dataset_id, names=form.file_names)
    return upload_reply(outcome)
