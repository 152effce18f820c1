"""The public keys of a token issuer, fetched from its JWKS URL and kept.

PyJWKClient fetches and parses. What it lacks is here: keys outlive an endpoint that is down or slow,
a failed fetch is not repeated by every request, and no request waits longer than `FETCH_SECONDS`
(a socket's timeout covers neither name resolution nor an answer that trickles).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread
from time import monotonic

from jwt import PyJWK, PyJWKClient

from chalicelib.domain.errors import InvalidToken, TransientFault

ALGORITHMS = ("RS256", "ES256")
FETCH_SECONDS = 3.0
"""How long a request waits for keys."""
FRESH_SECONDS = 300.0
"""After so long the keys are asked for again: how long a withdrawn key goes on working."""
PAUSE_SECONDS = 30.0
"""Between two fetches, whatever key ids tokens name: how long a new key may go unnoticed."""


class JwksKeys:
    """The signing keys at one URL, by key id. Safe to share between threads; built without IO."""

    def __init__(
        self,
        url: str,
        *,
        fetch_seconds: float = FETCH_SECONDS,
        fresh_seconds: float = FRESH_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client = PyJWKClient(
            url, cache_jwk_set=False, timeout=fetch_seconds, headers={"User-Agent": "nebula"}
        )
        self._fetch_seconds = fetch_seconds
        self._fresh_seconds = fresh_seconds
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._lock = Lock()
        self._keys: Mapping[str, PyJWK] = {}
        self._stale_at = float("-inf")
        self._next_fetch_at = float("-inf")
        self._waited_for = Event()
        """Of the latest fetch: it has ended, or a request has waited its whole time for it."""

    def key(self, key_id: str) -> PyJWK:
        """The public key with this id.

        Raises:
            InvalidToken: the issuer has no such key.
            TransientFault: no key could be fetched yet.
        """
        if key_id not in self._keys or self._clock() >= self._stale_at:
            self._refresh()
        keys = self._keys
        if not keys:
            raise TransientFault("JWKS", "the keys could not be fetched")
        if key_id not in keys:
            raise InvalidToken("it is signed with a key that the issuer does not publish")
        return keys[key_id]

    def _refresh(self) -> None:
        """Fetch the keys, or wait for the fetch that is under way, unless it is too early for another."""
        with self._lock:
            if self._clock() >= self._next_fetch_at:
                # without any key nobody gets in: try again sooner
                pause = self._pause_seconds if self._keys else min(self._fetch_seconds, self._pause_seconds)
                self._next_fetch_at = self._clock() + pause
                self._waited_for = Event()
                Thread(target=self._fetch, args=(self._waited_for,), name="jwks", daemon=True).start()
            waited_for = self._waited_for
        waited_for.wait(self._fetch_seconds)
        # A fetch that takes longer than this holds up no later request: they go on with the keys there are.
        waited_for.set()

    def _fetch(self, waited_for: Event) -> None:
        try:
            fetched = self._client.get_signing_keys()
            self._keys = {
                key.key_id: key for key in fetched if key.key_id and key.algorithm_name in ALGORITHMS
            }
            self._stale_at = self._clock() + self._fresh_seconds
        except Exception:  # noqa: BLE001, S110 - whatever was wrong with the answer, the old keys stay
            pass
        finally:
            waited_for.set()
