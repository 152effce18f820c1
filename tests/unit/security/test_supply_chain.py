"""What ships is pinned by hash, fits together, and is under licences that are listed and allowed."""

from __future__ import annotations

import re
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement

from infra.licences import LICENCES, is_allowed, table
from infra.lock import LEFT_OUT, LOCK, REQUIREMENTS, ROOT, canonical, pins
from local.home import Secrets

LOCKED = pins(LOCK.read_text())
NOT_TO_SHIP = [
    "GPL-3.0",
    "GPL-2.0-only",
    "AGPL-3.0-or-later",
    "LGPLv3",
    "SSPL-1.0",
    "BUSL-1.1",
    "unknown",
    "",
]


def lines_of(path: str) -> list[str]:
    """The lines of a requirements file that name a package."""
    text = (ROOT / path).read_text()
    return [line for line in text.splitlines() if line and not line.startswith(("#", "-r"))]


def test_every_package_that_ships_is_one_version_by_one_hash() -> None:
    wrong = [
        line
        for line in lines_of("requirements.lock")
        if not re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]* --hash=sha256:[0-9a-f]{64}", line)
    ]

    assert wrong == []
    assert len(LOCKED) == len(lines_of("requirements.lock"))


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_one_exact_version(path: str) -> None:
    wrong = [
        line
        for line in lines_of(path)
        if not re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==[0-9][\w.]*( |$)", line)
    ]

    assert wrong == []


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_what_a_locked_package_needs_is_locked_in_a_version_that_it_takes(name: str) -> None:
    for text in requires(name) or []:
        needed = Requirement(text)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        other = canonical(needed.name)
        assert other in LEFT_OUT or needed.specifier.contains(LOCKED[other]), text


def test_nothing_is_fetched_from_anywhere_but_an_index() -> None:
    for path in (REQUIREMENTS, LOCK, ROOT / "requirements-dev.txt"):
        assert not re.search(r"://|git\+|^--(index|extra|find|trusted)|^-[ief]", path.read_text(), re.M), path


def test_the_list_of_licences_is_current() -> None:
    assert LICENCES.read_text() == table(), "run: python -m infra.licences"


def test_everything_that_ships_is_under_a_licence_that_may() -> None:
    rows = [line.split(" | ") for line in LICENCES.read_text().splitlines()[6:]]

    assert len(rows) >= len(LOCKED)
    assert [row for row in rows if not is_allowed(row[-1].strip(" |"))] == []


@pytest.mark.parametrize("licence", NOT_TO_SHIP)
def test_a_licence_that_may_not_ship_would_be_found(licence: str) -> None:
    assert not is_allowed(licence)
    assert not is_allowed(f"MIT AND {licence}")


def test_the_secrets_of_a_home_are_drawn_for_it_alone() -> None:
    drawn = [Secrets.draw() for _ in range(3)]
    words = {
        word for secrets in drawn for word in (secrets.token_secret, secrets.secret_key, secrets.hook_token)
    }

    assert len(words) == 9
    assert all(own.token_secret.startswith("laptop-") for own in drawn)
    assert all(len(word) >= 32 for word in words)
