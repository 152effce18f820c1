"""Every format that is taken is decoded, told apart and named, wherever formats are listed."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import Rejected
from chalicelib.domain.formats import FILE_TYPES, TAKEN_FORMATS, Format
from chalicelib.imaging.formats import READERS
from chalicelib.imaging.signatures import detect_format


def test_every_format_has_a_reader_and_a_type() -> None:
    assert set(READERS) == set(FILE_TYPES) == set(Format)


@pytest.mark.parametrize("data", [b"just some text", b"%PDF-1.7"])
def test_a_refusal_says_what_would_be_taken(data: bytes) -> None:
    with pytest.raises(Rejected, match=TAKEN_FORMATS):
        detect_format(data)
