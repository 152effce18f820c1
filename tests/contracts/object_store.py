"""What an `ObjectStore` promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import uuid4

import pytest

from chalicelib.domain.errors import ObjectChanged
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.stored_files import ByteRange
from chalicelib.ports.objects import ObjectStore

from .nasty_names import NASTY_NAMES

KEY_NAMES = [name for name in NASTY_NAMES if "\\" not in name]
"""SeaweedFS takes a backslash for a slash."""
TEXTS = (
    "vedant",
    "Zoë Ærø",
    "日本語の写真 👩‍🔬",
    "",
    " blank at both ends ",
    "two  blanks",
    "line\nbreak\tand\x00control",
    "=?UTF-8?B?w6k=?=",
    "almost =?an encoded word",
    "a+b%20c;=,\"'",
    "why: " + "ø" * 400,
)


class ObjectStoreContract:
    """Subclasses give the fixture `store`: an object store, which need not be empty."""

    holds: ClassVar = (ObjectStore,)

    @pytest.fixture
    def folder(self) -> str:
        """A prefix that nothing lies under."""
        return f"{uuid4().hex}/"

    def test_what_was_put_is_got(self, store: ObjectStore, folder: str) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"\x00\xffbytes\r\n", metadata={"uploaded-by": "vedant"})
        stored = store.get(key)
        assert stored.body == b"\x00\xffbytes\r\n"
        assert stored.metadata == {"uploaded-by": "vedant"}
        assert stored.version.key == key
        assert stored.version.size == 9
        assert abs(stored.version.at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_part_of_an_object_is_got_while_it_is_the_same(self, store: ObjectStore, folder: str) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"0123456789")
        etag = store.get(key).version.etag
        for first, last in ((0, 0), (0, 9), (3, 5), (9, 9)):
            assert store.get_part(key, ByteRange(first, last), etag) == b"0123456789"[first : last + 1]
        store.put(key, b"abcdefghij")
        with pytest.raises(ObjectChanged):
            store.get_part(key, ByteRange(0, 3), etag)
        store.delete([key])
        with pytest.raises(ObjectChanged):
            store.get_part(key, ByteRange(0, 3), etag)

    def test_an_empty_object_is_an_object(self, store: ObjectStore, folder: str) -> None:
        key = ObjectKey(folder + "empty")
        store.put(key, b"")
        assert store.get(key).body == b""
        head = store.head(key)
        assert head is not None
        assert head.version.size == 0

    def test_head_get_and_list_name_the_same_version(self, store: ObjectStore, folder: str) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"bytes")
        head = store.head(key)
        assert head is not None
        [listed] = store.list(folder)
        for version in (head.version, store.get(key).version, listed):
            assert (version.key, version.size) == (key, 5)
            assert version.etag == "4b3a6218bb3e3a7303e8a171a60fcf92"
            assert version.at.utcoffset() == timedelta(0)

    def test_there_is_no_head_of_what_is_not_there(self, store: ObjectStore, folder: str) -> None:
        assert store.head(ObjectKey(folder + "nothing")) is None

    def test_what_is_not_there_cannot_be_got_or_copied(self, store: ObjectStore, folder: str) -> None:
        nothing = ObjectKey(folder + "nothing")
        with pytest.raises(ObjectChanged) as change:
            store.get(nothing)
        assert change.value.key == nothing
        with pytest.raises(ObjectChanged):
            store.copy(nothing, ObjectKey(folder + "copy"))
        assert list(store.list(folder)) == []

    def test_a_replaced_object_is_neither_got_nor_copied(self, store: ObjectStore, folder: str) -> None:
        key, copy = ObjectKey(folder + "photo.jpg"), ObjectKey(folder + "copy.jpg")
        store.put(key, b"first")
        etag = store.get(key).version.etag
        assert store.get(key, etag).body == b"first"
        store.put(key, b"second")
        with pytest.raises(ObjectChanged):
            store.get(key, etag)
        with pytest.raises(ObjectChanged) as change:
            store.copy(key, copy, etag=etag)
        assert change.value.key == key
        assert store.head(copy) is None

    def test_the_same_bytes_put_again_are_the_same_version(self, store: ObjectStore, folder: str) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"same")
        etag = store.get(key).version.etag
        store.put(key, b"same")
        assert store.get(key, etag).body == b"same"

    def test_a_copy_has_the_bytes_and_the_metadata(self, store: ObjectStore, folder: str) -> None:
        key, copy = ObjectKey(folder + "photo.jpg"), ObjectKey(folder + "copy.jpg")
        store.put(key, b"bytes", metadata={"uploaded-by": "Zoë"})
        store.copy(key, copy, etag=store.get(key).version.etag)
        assert store.get(copy).body == b"bytes"
        assert store.get(copy).metadata == {"uploaded-by": "Zoë"}

    def test_a_copy_can_replace_the_metadata(self, store: ObjectStore, folder: str) -> None:
        key, copy = ObjectKey(folder + "photo.jpg"), ObjectKey(folder + "copy.jpg")
        store.put(key, b"bytes", metadata={"uploaded-by": "vedant"})
        store.copy(key, copy, metadata={"reason": "größer als erlaubt"})
        assert store.get(copy).metadata == {"reason": "größer als erlaubt"}
        store.copy(key, copy, content_type="image/jpeg")
        assert store.get(copy).metadata == {}

    def test_an_object_can_be_copied_onto_itself_to_change_what_is_said_of_it(
        self, store: ObjectStore, folder: str
    ) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"bytes")
        store.copy(key, key, metadata={"seen": "yes"})
        assert store.get(key).metadata == {"seen": "yes"}
        assert store.get(key).body == b"bytes"

    @pytest.mark.parametrize("text", TEXTS)
    def test_metadata_holds_any_text(self, store: ObjectStore, folder: str, text: str) -> None:
        key = ObjectKey(folder + "photo.jpg")
        store.put(key, b"bytes", metadata={"text": text})
        head = store.head(key)
        assert head is not None
        assert head.metadata == {"text": text}

    def test_every_name_works_in_every_step(self, store: ObjectStore, folder: str) -> None:
        keys = [ObjectKey(f"{folder}{name}/{name}") for name in KEY_NAMES]
        for key in keys:
            store.put(key, key.encode())
            store.copy(key, ObjectKey(f"{key}.copy"), etag=store.get(key).version.etag)
            assert store.get(ObjectKey(f"{key}.copy")).body == key.encode()
        listed = [version.key for version in store.list(folder)]
        assert sorted(listed) == sorted([*keys, *(f"{key}.copy" for key in keys)])
        store.delete([ObjectKey(key) for key in listed])
        assert list(store.list(folder)) == []

    def test_a_delete_takes_these_objects_and_no_others(self, store: ObjectStore, folder: str) -> None:
        names = ("a", "a.jpg", "b/a", "bell\x07", "b\\c", "not a character \ufffe")
        keys = [ObjectKey(folder + name) for name in names]
        for key in [*keys, ObjectKey(folder + "kept")]:
            store.put(key, b"")
        store.delete([*keys, ObjectKey(folder + "never there")])
        assert [version.key for version in store.list(folder)] == [folder + "kept"]

    def test_a_delete_of_nothing_is_no_fault(self, store: ObjectStore) -> None:
        store.delete([])

    def test_a_list_is_in_order_and_ends_at_its_prefix(self, store: ObjectStore, folder: str) -> None:
        for name in ("b", "a", "ü", "B", "a b", "z/1", "z/2"):
            store.put(ObjectKey(folder + name), b"")
        names = [version.key.removeprefix(folder) for version in store.list(folder)]
        assert names == ["B", "a", "a b", "b", "z/1", "z/2", "ü"]
        assert [version.key for version in store.list(folder + "z")] == [folder + "z/1", folder + "z/2"]
        assert list(store.list(folder + "none/")) == []

    def test_a_list_goes_on_behind_any_of_its_keys(self, store: ObjectStore, folder: str) -> None:
        # No file and folder of one name: behind such a file SeaweedFS passes the folder over.
        names = ("b", "a.jpg", "a b", "a/b", "a/c/d", "z/1", "z/2", "z+", "ü", "%2F", "é/x", "日 語/🙂.jpg")
        for name in names:
            store.put(ObjectKey(folder + name), b"")
        keys = [version.key for version in store.list(folder)]
        assert len(keys) == len(names)
        for n, key in enumerate(keys):
            assert [version.key for version in store.list(folder, key)] == keys[n + 1 :], key
        assert [version.key for version in store.list(folder, "")] == keys

    def test_a_list_goes_on_where_the_last_key_has_gone(self, store: ObjectStore, folder: str) -> None:
        for name in ("a/1", "a/2", "b/1"):
            store.put(ObjectKey(folder + name), b"")
        store.delete([ObjectKey(folder + "a/2")])
        assert [version.key for version in store.list(folder, folder + "a/2")] == [folder + "b/1"]
