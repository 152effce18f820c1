"""JSON Web Tokens, checked by PyJWT.

The configuration fixes the algorithms, never the token: HS256 with the shared secret, or RS256 and
ES256 with the issuer's published keys. A token that names another (`none`, or HS256 with a public
key as the secret) is refused before any key is touched, and key material or URLs in its header are
not looked at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import jwt

from chalicelib.adapters.tokens.keys import ALGORITHMS, JwksKeys
from chalicelib.config import MAX_TOKEN_CHARACTERS, TokenConfig
from chalicelib.domain.errors import InvalidToken
from chalicelib.domain.users import Role, User

LEEWAY_SECONDS: Final = 30
"""How far the issuer's clock and ours may differ."""
MAX_USER_LENGTH = 256
_FORBIDDEN_IN_USER = frozenset({"Cc", "Cs", "Zl", "Zp"})


class JwtVerifier:
    """`ports.TokenVerifier` for one issuer. Constructing it makes no connection."""

    def __init__(self, config: TokenConfig) -> None:
        self._config = config
        self._published = JwksKeys(config.jwks_url) if config.jwks_url else None
        self._algorithms = ["HS256"] if self._published is None else list(ALGORITHMS)

    def verify(self, token: str) -> User:
        """The user that the token names.

        Raises:
            InvalidToken: it is malformed, oversized, expired or not yet valid (beyond the leeway),
                wrongly signed, not meant for this service, or names no user or known role.
            TransientFault: the issuer's keys could not be fetched.
        """
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise InvalidToken("it is too long or not ASCII")
        claims = self._claims(token)
        return User(_user_name(claims, self._config.user_claim), _role(claims, self._config.role_claim))

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key(token),
                algorithms=self._algorithms,
                issuer=self._config.issuer,
                audience=self._config.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            raise InvalidToken(type(error).__name__) from error

    def _key(self, token: str) -> str | jwt.PyJWK:
        if self._published is None:
            return self._config.secret
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in self._algorithms or not header.get("kid"):
            raise InvalidToken("its header does not name an accepted algorithm and a key")
        return self._published.key(header["kid"])


def _user_name(claims: Mapping[str, Any], claim: str) -> str:
    name = claims.get(claim)
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_USER_LENGTH:
        raise InvalidToken(f"claim {claim} names no user")
    if any(unicodedata.category(character) in _FORBIDDEN_IN_USER for character in name):
        raise InvalidToken(f"claim {claim} holds control characters")
    return name


def _role(claims: Mapping[str, Any], claim: str) -> Role:
    role = claims.get(claim)
    if not isinstance(role, str) or role not in set(Role):
        raise InvalidToken(f"claim {claim} names no known role")
    return Role(role)
