"""The bucket's layout: keys say what they were made from, and intake and output never touch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidName
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.layout import (
    DroppedKey,
    IncomingKey,
    Layout,
    announced_receipt_id,
    dropped_receipt_id,
)
from chalicelib.domain.names import check_dataset_name, check_image_name, names_to_try

LAYOUT = Layout()
PREFIXES = ("incoming", "drop", "trove", "persist", "thumbs", "previews", "rejected", "exports")
DATASET, UPLOAD = DatasetId("0123456789abcdef01234567"), UploadId("89abcdef0123456789abcdef")
RECEIPT = ReceiptId("0123456789abcdef0123456789abcdef")
MAX_KEY_BYTES = 1024

text = st.text(st.characters(exclude_categories=["Cs"]))
odd_text = st.text("./\\%2fF +\u00e9#?", max_size=12) | text


def _is_name(check: Callable[[str], str], name: str) -> bool:
    try:
        check(name)
    except InvalidName:
        return False
    return True


dataset_names = odd_text.filter(lambda name: _is_name(check_dataset_name, name))
image_names = odd_text.filter(lambda name: _is_name(check_image_name, name))


def test_the_standard_layout_is_the_documented_one() -> None:
    assert [getattr(LAYOUT, name) for name in PREFIXES] == [f"{name}/" for name in PREFIXES]
    assert LAYOUT.intake == ("incoming/", "drop/")


@pytest.mark.parametrize(("outer", "inner"), list(permutations(PREFIXES, 2)))
def test_a_prefix_within_another_is_refused_and_both_are_named(outer: str, inner: str) -> None:
    for nested in ("shared/", "shared/deeper/"):
        with pytest.raises(ValueError, match="overlap") as refusal:
            Layout(**{outer: "shared/", inner: nested})
        assert outer in str(refusal.value)
        assert inner in str(refusal.value)


def test_prefixes_that_only_begin_alike_do_not_overlap() -> None:
    layout = Layout(drop="in/", trove="in2/", incoming="a/in/", thumbs="a/thumbs/")
    assert layout.parse(ObjectKey("in2/cards/a.jpg")) is None
    assert layout.parse(ObjectKey("in/cards/a.jpg")) == DroppedKey("cards", "a.jpg")


@pytest.mark.parametrize(
    "prefix",
    ["", "/", "drop", "/drop/", "drop//", "../", "drop/../", ".drop/", "dröp/", "a b/", "a\n/", "%64/"],
)
def test_a_prefix_that_is_no_folder_path_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="drop prefix"):
        Layout(drop=prefix)


@given(odd_text, st.integers(min_value=0, max_value=999_999_999))
@example("", 0)
@example("..", 0)
@example("x" * 5_000, 7)
@example("👩" * 500, 7)
@example("a/b\\..\n.jpg", 1)
def test_an_incoming_key_tells_its_place_whatever_the_file_is_called(name: str, n: int) -> None:
    key = LAYOUT.incoming_key(DATASET, UPLOAD, n, name)
    assert LAYOUT.parse(key) == IncomingKey(DATASET, UPLOAD, n)
    assert len(key.encode()) <= MAX_KEY_BYTES
    assert key.isascii()
    assert key.isprintable()
    assert not {"", ".", ".."}.intersection(key.split("/"))


@given(dataset_names, image_names, st.lists(image_names, max_size=3))
@example("with/slash", "a.jpg", [])
@example("100%2F", "%2F.jpg", ["%2f"])
def test_a_dropped_file_lands_in_its_dataset_under_its_name(
    dataset_name: str, image_name: str, folders: list[str]
) -> None:
    assume("%2f" not in dataset_name.lower())
    key = LAYOUT.drop_key(dataset_name, "/".join([*folders, image_name]))
    assert LAYOUT.parse(key) == DroppedKey(dataset_name, image_name)


def test_a_file_beside_the_dataset_folders_is_in_no_dataset() -> None:
    assert LAYOUT.parse(ObjectKey("drop/a.jpg")) == DroppedKey(None, "a.jpg")
    assert LAYOUT.parse(ObjectKey("drop//a.jpg")) == DroppedKey("", "a.jpg")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "incoming/",
        "drop/",
        "drop/cards/",
        "drop/cards/photos/",
        "dropped/cards/a.jpg",
        "trove/cards/a.jpg",
        f"incoming/{DATASET}/{UPLOAD}/0",
        f"incoming/{DATASET}/{UPLOAD}/x/a.jpg",
        f"incoming/{DATASET}/{UPLOAD}/-1/a.jpg",
        f"incoming/{DATASET.upper()}/{UPLOAD}/0/a.jpg",
        f"incoming/{DATASET}/{UPLOAD}/٣/a.jpg",
        f"x/incoming/{DATASET}/{UPLOAD}/0/a.jpg",
    ],
)
def test_a_folder_marker_and_a_key_that_nobody_announced_are_no_uploads(key: str) -> None:
    assert LAYOUT.parse(ObjectKey(key)) is None


@given(odd_text)
def test_any_key_can_be_parsed(key: str) -> None:
    for prefix in ("", *LAYOUT.intake):
        parsed = LAYOUT.parse(ObjectKey(prefix + key))
        assert parsed is None or prefix in LAYOUT.intake or key.startswith(LAYOUT.intake)


@given(dataset_names, image_names, dataset_names, image_names)
@example("a", "b/c", "a/b", "c")
@example("a%2Fb", "c", "a/b", "c")
def test_two_images_never_share_a_trove_key(one: str, first: str, other: str, second: str) -> None:
    same_key = LAYOUT.trove_key(one, first) == LAYOUT.trove_key(other, second)
    assert same_key == ((one, first) == (other, second))
    inside = LAYOUT.trove_key(other, second).startswith(LAYOUT.trove_folder(one))
    assert inside == (one == other)


@given(dataset_names, image_names)
@example("n" * 500, "n" * 255)
@example("長" * 55, "長" * 80)
def test_every_name_an_image_may_get_fits_into_a_trove_key(dataset_name: str, image_name: str) -> None:
    for name in names_to_try(image_name, RECEIPT):
        key = LAYOUT.trove_key(dataset_name, name)
        assert len(key.encode()) <= MAX_KEY_BYTES
        assert not {"", ".", ".."}.intersection(key.split("/"))


@given(odd_text)
@example("x" * 1000)
@example("長" * 330)
@example("..")
@example("a/..")
def test_a_rejected_file_of_any_key_can_be_kept(path: str) -> None:
    source = ObjectKey(("drop/" + path).encode()[:MAX_KEY_BYTES].decode(errors="ignore"))
    key = LAYOUT.rejected_key(RECEIPT, source)
    assert key.startswith(f"rejected/{RECEIPT}/")
    assert len(key.encode()) <= MAX_KEY_BYTES
    assert not {"", ".", ".."}.intersection(key.split("/"))


def test_what_the_system_writes_is_never_taken_in() -> None:
    written = [
        LAYOUT.trove_key("drop/incoming", "incoming"),
        *LAYOUT.shown_keys(DATASET, ImageId(UPLOAD)),
        LAYOUT.persist_key("7", "drop.jpg"),
        LAYOUT.rejected_key(RECEIPT, ObjectKey("drop/cards/a.jpg")),
    ]
    assert [LAYOUT.parse(key) for key in written] == [None] * 5
    assert len({key.partition("/")[0] for key in written}) == 5


@given(text, text, text, text, text, text)
@example("b", "drop/a", "e", "bdrop", "/a", "e")
def test_a_dropped_file_is_told_by_bucket_key_and_content(
    bucket: str, key: str, etag: str, bucket2: str, key2: str, etag2: str
) -> None:
    assume(not any("\0" in part or '"' in part for part in (bucket, key, etag, bucket2, key2, etag2)))
    one = dropped_receipt_id(bucket, ObjectKey(key), etag)
    other = dropped_receipt_id(bucket2, ObjectKey(key2), etag2)
    assert (one == other) == ((bucket, key, etag) == (bucket2, key2, etag2))
    assert len(one) == 32


def test_an_etag_tells_the_same_with_and_without_quotes() -> None:
    key = ObjectKey("drop/cards/a.jpg")
    assert dropped_receipt_id("b", key, '"e"') == dropped_receipt_id("b", key, "e")


def test_an_announced_file_is_told_by_its_place() -> None:
    places = [(UPLOAD, 1), (UPLOAD, 11), (UploadId(f"{UPLOAD}1"), 1)]
    ids = {announced_receipt_id(upload, n) for upload, n in places}
    assert len(ids) == 3
    assert announced_receipt_id(UPLOAD, 1) in ids
