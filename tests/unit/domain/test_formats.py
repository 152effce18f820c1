"""Every format that is taken is served as what it is, and told apart by its extension."""

from __future__ import annotations

import pytest

from chalicelib.domain.formats import (
    FILE_TYPES,
    Format,
    content_type_of,
    content_type_of_extension,
    extension_of,
)


@pytest.mark.parametrize("kind", list(Format))
def test_a_stored_file_is_served_as_the_format_that_was_detected(kind: Format) -> None:
    extension = extension_of("no extension", kind)
    assert content_type_of_extension(extension) == content_type_of(kind) == f"image/{kind.lower()}"


def test_no_extension_stands_for_two_formats() -> None:
    extensions = [extension for kind in FILE_TYPES.values() for extension in kind.extensions]
    assert len(extensions) == len(set(extensions))
