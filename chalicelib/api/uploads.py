"""Routes that take files in: create and update."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api.call import Call
from chalicelib.api.endpoint import endpoint
from chalicelib.api.multipart import UploadForm, read_upload_form
from chalicelib.api.present import upload_reply
from chalicelib.api.replies import UploadReply
from chalicelib.domain.model import Role

routes = Blueprint(__name__)


@routes.route("/dataset/create", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, read_upload_form)
def create_dataset(call: Call, form: UploadForm) -> UploadReply:
    """A new dataset of the form's files."""
    outcome = call.services.accept_files.create(form.dataset_name, form.files, call.caller())
    call.dataset_id = outcome.dataset_id
    return upload_reply(outcome)


@routes.route("/dataset/update", methods=["POST"], content_types=[])
@endpoint(Role.EDITOR, read_upload_form)
def update_dataset(call: Call, form: UploadForm) -> UploadReply:
    """More files for a dataset."""
    outcome = call.services.accept_files.update(form.dataset_name, form.files, call.caller())
    call.dataset_id = outcome.dataset_id
    return upload_reply(outcome)
