"""The health route."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api.call import Call
from chalicelib.api.endpoint import endpoint
from chalicelib.api.parsing import Nothing
from chalicelib.api.replies import HealthReply

routes = Blueprint(__name__)


@routes.route("/health", methods=["GET"], content_types=[])
@endpoint(None, Nothing())
def get_health(_call: Call, _asked: None) -> HealthReply:
    """Whether the function answers."""
    return HealthReply("ok")
