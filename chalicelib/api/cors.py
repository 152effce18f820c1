"""Which pages may call the API from a browser."""

from __future__ import annotations

from chalice.app import Chalice, CORSConfig

REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key"]
REPLY_HEADERS = ["Content-Disposition", "Location", "Retry-After", "X-Request-ID"]
PREFLIGHT_SECONDS = 3600


def allow(app: Chalice, origin: str) -> None:
    """Let pages of `origin` (`*`: of any) call all routes that are registered from now on.

    No cookie is read anywhere: a page gets in only with a token that its user gave it.
    """
    app.api.cors = CORSConfig(
        allow_origin=origin,
        allow_headers=REQUEST_HEADERS,
        expose_headers=REPLY_HEADERS,
        max_age=PREFLIGHT_SECONDS,
    )
