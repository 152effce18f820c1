"""Which pages may read the API's answers from a browser; every answer says so, errors included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalice.app import Chalice, CORSConfig, Response

ANY = "*"
REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "If-Range", "Range")
REPLY_HEADERS = (
    "Accept-Ranges",
    "Allow",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "Retry-After",
    "X-Request-ID",
    "x-amzn-Remapped-WWW-Authenticate",
)
PREFLIGHT_SECONDS = 3600
_ALLOWED = "Access-Control-Allow-Origin"


@dataclass(frozen=True, slots=True)
class Cors:
    """The frontend's origins; `*` alone: any page.

    No cookie is read anywhere: a page gets in only with a token that its user gave it.
    """

    origins: tuple[str, ...]

    def headers(self, origin: str) -> dict[str, str]:
        """What every answer to a page of `origin` bears; empty: to a client that is no page.

        One origin stands in every answer. Of several, the one that asked does, and caches are told
        that the answer differs.
        """
        shared = {"Access-Control-Expose-Headers": ", ".join(REPLY_HEADERS)}
        if len(self.origins) == 1:
            return {_ALLOWED: self.origins[0], **shared}
        if origin in self.origins:
            return {_ALLOWED: origin, "Vary": "Origin", **shared}
        return {"Vary": "Origin"}

    def answer(self, response: Response, origin: str) -> None:
        """Put the headers on a response, in place of any of Chalice's."""
        kept = {name: value for name, value in response.headers.items() if name != _ALLOWED}
        added = self.headers(origin)
        vary = [str(headers["Vary"]) for headers in (kept, added) if "Vary" in headers]
        response.headers = {**kept, **added, **({"Vary": ", ".join(vary)} if vary else {})}


def preflight(methods: Iterable[str]) -> Response:
    """The answer to a browser that asks what it may send, and to whoever asks for a path's methods."""
    allowed = ", ".join(methods)
    headers = {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    return Response(b"", dict(headers), 204)


def allow_in_chalice_local(app: Chalice) -> None:
    """Let `chalice local`, which answers preflights by itself, allow them for all routes from now on.

    Everywhere else they reach the app, which knows who asks.
    """
    app.api.cors = CORSConfig(
        allow_origin=ANY,
        allow_headers=list(REQUEST_HEADERS),
        expose_headers=list(REPLY_HEADERS),
        max_age=PREFLIGHT_SECONDS,
    )
