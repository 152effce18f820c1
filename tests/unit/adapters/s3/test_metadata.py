"""What user metadata looks like to other clients, and what theirs looks like to us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.s3.metadata import decode_metadata, encode_metadata


def decoded(value: str) -> str:
    return decode_metadata({"text": value})["text"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_and_travels_as_printable_ascii(text: str) -> None:
    carried = encode_metadata({"text": text})["text"]
    assert carried
    assert all(" " <= character <= "~" for character in carried)
    assert carried == carried.strip(" ")
    assert decoded(carried) == text


def test_plain_text_is_readable_to_every_client() -> None:
    plain = {"uploaded-by": "vedant", "note": "a+b %20 c=d; <e@f>"}
    assert encode_metadata(plain) == plain
    assert decode_metadata(plain) == plain


def test_names_are_told_in_lower_case_however_a_client_wrote_them() -> None:
    assert decode_metadata({"Uploaded-By": "vedant"}) == {"uploaded-by": "vedant"}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("=?UTF-8?Q?J=C3=BCrgen_Gro=C3=9F?=", "Jürgen Groß"),
        ("=?UTF-8?B?SsO8cmdlbg==?=", "Jürgen"),
        ("=?utf-8?q?caf=C3=A9?= au lait", "café au lait"),
        ("=?UTF-8?B?SsO8?= =?UTF-8?B?cmdlbg==?=", "Jürgen"),
        ("=?ISO-8859-1?Q?J=FCrgen?=", "Jürgen"),
    ],
)
def test_encoded_words_that_s3_answers_with_are_read(header: str, text: str) -> None:
    assert decoded(header) == text


@pytest.mark.parametrize(
    "header",
    ["=?no-such-charset?Q?a?=", "=?UTF-8?Q?=FF?=", "=?UTF-8?B?a?=", "=?", "a =? b ?= c", "=?UTF-8?X?a?="],
)
def test_what_only_resembles_an_encoded_word_is_kept_as_it_is(header: str) -> None:
    assert decoded(header) == header


def test_raw_utf8_that_a_client_sent_is_read_as_utf8() -> None:
    assert decoded("Jürgen".encode().decode("latin-1")) == "Jürgen"


def test_raw_latin1_that_a_client_sent_is_read_as_latin1() -> None:
    assert decoded("Jürgen") == "Jürgen"
