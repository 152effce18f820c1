"""Tokens for people at a laptop, signed with the secret of its home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from chalicelib.config import TokenConfig
from chalicelib.domain.users import Role
from local.errors import LaptopError

VALID_DAYS = 30


def make_token(config: TokenConfig, user: str, role: str) -> str:
    """A token of a user (any name) with a role (`viewer`, `editor` or `admin`), for 30 days.

    Raises:
        LaptopError: there is no such role, no name, or no secret to sign with.
    """
    roles = [known.value for known in Role]
    if role not in roles:
        raise LaptopError(f"There is no role {role!r}, only {', '.join(roles)}.")
    if not user.strip():
        raise LaptopError("A token needs a user's name: make token USER=vedant ROLE=editor")
    if not config.secret:
        raise LaptopError(f"Tokens come from whoever holds the keys at {config.jwks_url}, not from here.")
    now = datetime.now(UTC)
    claims = {
        config.user_claim: user,
        config.role_claim: role,
        "iss": config.issuer,
        "aud": config.audience,
        "iat": now,
        "exp": now + timedelta(days=VALID_DAYS),
    }
    return jwt.encode(claims, config.secret, algorithm="HS256")
