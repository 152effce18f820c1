"""Writes `docs/licences.md`: under which licence each package is that ships, by its own metadata.

Run as `python -m infra.licences` after `make lock`; a test holds the file to the lock.
"""

from __future__ import annotations

import re
from email.message import Message
from importlib.metadata import metadata
from typing import cast

from infra.lock import LOCK, ROOT, pins

LICENCES = ROOT / "docs" / "licences.md"
BROUGHT_ALONG = ("boto3", "botocore", "chalice")
"""What Lambda's runtime and Chalice's packager put beside the locked wheels."""
ALLOWED = (*("MIT", "BSD", "2-clause BSD", "Apache", "ISC", "PSF", "MPL-2.0"), "Mozilla Public License 2.0")
"""Beginnings of the licences that may ship: none of them reaches what is linked to it."""
_CLASSIFIER = "License :: OSI Approved :: "


def licence_of(package: Message) -> str:
    """A package's licence: its expression, else its classifiers, else the first line of its text."""
    if expression := package.get("License-Expression"):
        return str(expression)
    classifiers = [
        line.removeprefix(_CLASSIFIER).removesuffix(" License")
        for line in package.get_all("Classifier", [])
        if line.startswith(_CLASSIFIER)
    ]
    text = str(package.get("License") or "").strip().partition("\n")[0]
    return " / ".join(classifiers) or text or "unknown"


def table() -> str:
    """The whole file."""
    names = sorted({*pins(LOCK.read_text()), *BROUGHT_ALONG})
    rows = [
        f"| {package['Name']} | {package['Version']} | {licence_of(package)} |"
        for package in (cast(Message, metadata(name)) for name in names)
    ]
    return "\n".join(
        [
            "# Licences of what ships",
            "",
            "Written by `python -m infra.licences` from the packages' own metadata; not to be edited.",
            "",
            "| package | version | licence |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def is_allowed(licence: str) -> bool:
    """Whether every part of a licence is one that may ship; of alternatives one is enough."""
    return all(
        any(choice.strip(" ()").startswith(ALLOWED) for choice in part.split(" OR "))
        for part in re.split(r" AND | / ", licence)
    )


def main() -> None:
    """Write the file."""
    LICENCES.write_text(table())


if __name__ == "__main__":
    main()
