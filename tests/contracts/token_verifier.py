"""What a `TokenVerifier` promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from chalicelib.domain.errors import InvalidToken
from chalicelib.domain.users import Role, User
from chalicelib.ports.services import TokenVerifier


class TokenVerifierContract:
    """Subclasses give the fixtures `verifier` and `issue`, which makes a valid token of it."""

    holds: ClassVar = (TokenVerifier,)

    def test_a_token_tells_who_it_belongs_to(
        self, verifier: TokenVerifier, issue: Callable[[User], str]
    ) -> None:
        for user in (User("vera", Role.VIEWER), User("Zoë $é", Role.EDITOR), User("ada", Role.ADMIN)):
            assert verifier.verify(issue(user)) == user

    def test_what_was_not_issued_is_refused(
        self, verifier: TokenVerifier, issue: Callable[[User], str]
    ) -> None:
        token = issue(User("ada", Role.ADMIN))
        for wrong in ("", " ", "ada", token[:-2], token + "x", token.upper(), f"Bearer {token}", "\x00", "ü"):
            with pytest.raises(InvalidToken):
                verifier.verify(wrong)
