"""Names: kept letter for letter, or refused."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidName
from chalicelib.domain.ids import ReceiptId
from chalicelib.domain.names import (
    MAX_DATASET_NAME_BYTES,
    MAX_IMAGE_NAME_BYTES,
    base_name,
    check_dataset_name,
    check_image_name,
    encode_dataset_name,
    file_type,
    names_to_try,
)
from tests.contracts.nasty_names import NASTY_NAMES

RECEIPT = ReceiptId("0123456789abcdef0123456789abcdef")
ANYTHING = st.text(max_size=300) | st.text(alphabet="./\\ %+a\u00e9\ud800\x00\n", max_size=12)


def is_refused(check: Callable[[str], str], name: str) -> bool:
    try:
        check(name)
    except InvalidName:
        return True
    return False


image_names = st.text(min_size=1, max_size=50).filter(lambda name: not is_refused(check_image_name, name))
receipt_ids = st.text("0123456789abcdef", min_size=32, max_size=32).map(ReceiptId)


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_an_unusual_name_is_a_name(name: str) -> None:
    assert check_image_name(name) == name
    if len(encode_dataset_name(name)) <= MAX_DATASET_NAME_BYTES:
        assert check_dataset_name(name) == name


@pytest.mark.parametrize("check", [check_dataset_name, check_image_name])
@pytest.mark.parametrize(
    "name",
    ["", " ", "\u00a0\u2003", ".", "..", "a\x00b", "a\nb", "a\tb", "a\x7fb", "a\x85b", "a\ud800b", "\udcff"],
)
def test_a_name_that_something_on_the_way_would_spoil_is_refused(
    check: Callable[[str], str], name: str
) -> None:
    assert is_refused(check, name)


def test_a_refusal_tells_the_name_and_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidName, match=r"'a/b\.jpg' holds a slash") as refusal:
        check_image_name("a/b.jpg")
    assert (refusal.value.name, refusal.value.problem) == ("a/b.jpg", "holds a slash")


def test_a_dataset_may_have_a_slash_in_its_name_and_an_image_may_not() -> None:
    assert check_dataset_name("cards/2024") == "cards/2024"
    assert is_refused(check_image_name, "cards/2024")


@pytest.mark.parametrize("character", ["n", "é", "長", "👩"])
def test_an_image_name_is_measured_in_bytes(character: str) -> None:
    fits = MAX_IMAGE_NAME_BYTES // len(character.encode())
    assert check_image_name(character * fits) == character * fits
    assert is_refused(check_image_name, character * (fits + 1))


@pytest.mark.parametrize("character", ["n", " ", "é", "長"])
def test_a_dataset_name_is_measured_as_it_stands_in_a_key(character: str) -> None:
    name = "n" + character * ((MAX_DATASET_NAME_BYTES - 1) // len(encode_dataset_name(character)))
    assert check_dataset_name(name) == name
    assert is_refused(check_dataset_name, name + character)


@given(ANYTHING)
def test_what_is_not_refused_is_kept_as_it_is(name: str) -> None:
    for check in (check_dataset_name, check_image_name):
        if not is_refused(check, name):
            assert check(name) == name
            assert name.encode().decode() == name


@given(ANYTHING)
def test_a_dataset_name_becomes_one_folder_and_comes_back(name: str) -> None:
    assume(not is_refused(check_dataset_name, name))
    folder = encode_dataset_name(name)
    assert unquote(folder) == name
    assert folder.isascii()
    assert "/" not in folder
    assert folder not in (".", "..")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@example("C:\\Users\\me\\a.jpg")
@example("photos/2024\\a.jpg")
@example("/")
def test_a_base_name_has_no_folders_left(path: str) -> None:
    name = base_name(path)
    assert "/" not in name
    assert "\\" not in name
    assert path.endswith(name)
    assert base_name(name) == name


@given(image_names, receipt_ids, receipt_ids)
@example(".hidden", RECEIPT, ReceiptId("f" * 32))
@example("trailing.", RECEIPT, ReceiptId("f" * 32))
def test_the_names_an_upload_tries_are_names_and_the_last_is_its_own(
    name: str, one: ReceiptId, other: ReceiptId
) -> None:
    names = names_to_try(name, one)
    assert names == names_to_try(name, one)
    assert names[0] == name
    assert len(set(names)) == len(names)
    assert not any(is_refused(check_image_name, tried) for tried in names)
    assert one == other or names[-1] != names_to_try(name, other)[-1]


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("photo.jpg", "photo-01234567.jpg"),
        ("photo", "photo-01234567"),
        ("a.tar.gz", "a.tar-01234567.gz"),
        (".hidden", ".hidden-01234567"),
        ("日本 語.PNG", "日本 語-01234567.PNG"),
        ("n" * 251 + ".jpg", "n" * 242 + "-01234567.jpg"),
        ("日" * 83 + ".jpg", "日" * 80 + "-01234567.jpg"),
        ("n." + "e" * 253, "n." + "e" * 244 + "-01234567"),
    ],
)
def test_a_taken_name_gets_a_short_suffix_before_its_extension(name: str, second: str) -> None:
    assert names_to_try(name, RECEIPT)[:2] == (name, second)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.png", "PNG"),
        ("a.JpEg", "JPEG"),
        ("a.b.tif", "TIF"),
        ("noext", "WEBP"),
        (".png", "WEBP"),
        ("ends with a dot.", "WEBP"),
        ("not a picture.txt", "TXT"),
    ],
)
def test_the_file_type_is_the_extension_and_without_one_the_format(name: str, shown: str) -> None:
    assert file_type(name, "WEBP") == shown
