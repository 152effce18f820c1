"""From our names to the published keys."""

from __future__ import annotations


def published(name: str) -> str:
    """`images_count` becomes `imagesCount`, `unique_id` becomes `uniqueID`."""
    first, *rest = name.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)
