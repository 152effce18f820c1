"""Tokens that are looked up instead of verified."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.errors import InvalidToken
from chalicelib.domain.users import Role, User

from .faults import Faults, Switched, port_method

ONE_OF_EACH_ROLE: Mapping[str, User] = {
    "viewer-token": User("vera", Role.VIEWER),
    "editor-token": User("eda", Role.EDITOR),
    "admin-token": User("ada", Role.ADMIN),
}


class FakeTokens(Switched):
    """A `TokenVerifier` that knows these tokens and those it issued, and no others."""

    port = "tokens"

    def __init__(self, users: Mapping[str, User] = ONE_OF_EACH_ROLE, *, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self._users = dict(users)

    def issue(self, user: User) -> str:
        """A token for this user, from now on known."""
        token = f"token-{len(self._users)}"
        self._users[token] = user
        return token

    @port_method
    def verify(self, token: str) -> User:
        if token not in self._users:
            raise InvalidToken("this token was never issued")
        return self._users[token]
