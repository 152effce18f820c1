"""The route that removes images."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import BASE_PATH
from chalicelib.api.bodies.deletion import DeleteRequest, DeletionReply
from chalicelib.api.http.auditing import record
from chalicelib.api.http.call import Call, presenter_of
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.parsing import JsonBody
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import DatasetNotFound
from chalicelib.domain.users import Role

routes = Blueprint(__name__)


# The published route is the first; the published errors call it by the second, so both are served.
@routes.route("/delete/images", methods=["POST"], content_types=[])
@routes.route("/dataset/delete/images", methods=["POST"], content_types=[])
@endpoint(
    Role.ADMIN,
    JsonBody(DeleteRequest),
    raises=(DatasetNotFound,),
    published_as=f"{BASE_PATH}/dataset/delete/images",
    ignores_unknown_keys=True,
)
def delete_images(call: Call, asked: DeleteRequest) -> DeletionReply:
    """Delete images by their names; the reply is the dataset as it is then.

    A repeat of the same call is harmless: names that are not there come back in `notFound`.
    """
    record(call, Action.DELETE, asked.dataset, names=asked.images_names)
    deletion = call.services.delete_images.delete(asked.dataset, asked.images_names)
    return presenter_of(call).deletion(deletion)
