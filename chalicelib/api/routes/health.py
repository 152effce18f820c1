"""The health route."""

from __future__ import annotations

from typing import Literal

from chalice.app import Blueprint

from chalicelib.api.bodies.health import HealthReply
from chalicelib.api.http.call import Call
from chalicelib.api.http.endpoint import endpoint
from chalicelib.api.http.parsing import Nothing

routes = Blueprint(__name__)


@routes.route("/health", methods=["GET"], content_types=[])
@endpoint(None, Nothing())
def get_health(call: Call, _asked: None) -> HealthReply:
    """Whether the function answers, and which dependencies do.

    The status is always 200, since the question was answered: monitors look for `"status":"ok"`.
    """
    health = call.services.health.check()
    return HealthReply(
        status="ok" if health.is_whole else "degraded",
        mongodb=_reachable(health.mongodb),
        bucket=_reachable(health.bucket),
        persist="http" if call.services.config.persist_url else "embedded",
    )


def _reachable(answers: bool) -> Literal["reachable", "unreachable"]:
    return "reachable" if answers else "unreachable"
