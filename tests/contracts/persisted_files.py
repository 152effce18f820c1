"""What `PersistedFiles` promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from chalicelib.domain.images import PersistedFile
from chalicelib.ports.services import PersistedFiles

KeepFile = Callable[[bytes], PersistedFile]
LoseFile = Callable[[PersistedFile], None]


class PersistedFilesContract:
    """Subclasses give the fixtures `files`, `keep_file`, which hands a file over, and `lose_file`."""

    holds: ClassVar = (PersistedFiles,)

    def test_a_file_that_was_handed_over_comes_back_byte_for_byte(
        self, files: PersistedFiles, keep_file: KeepFile
    ) -> None:
        for body in (b"\xff\xd8\xff" + bytes(range(256)) * 5_000, b"x"):
            assert files.fetch(keep_file(body)) == body

    def test_files_are_told_apart(self, files: PersistedFiles, keep_file: KeepFile) -> None:
        one, two = keep_file(b"one"), keep_file(b"two")
        assert [files.fetch(kept) for kept in (two, one)] == [b"two", b"one"]

    def test_a_file_that_is_gone_is_none_and_no_fault(
        self, files: PersistedFiles, keep_file: KeepFile, lose_file: LoseFile
    ) -> None:
        lost, kept = keep_file(b"lost"), keep_file(b"kept")
        lose_file(lost)
        assert files.fetch(lost) is None
        assert files.fetch(kept) == b"kept"

    def test_a_name_that_was_never_given_leads_to_no_file(
        self, files: PersistedFiles, keep_file: KeepFile
    ) -> None:
        kept = keep_file(b"kept")
        folder, _, _ = kept.url.rpartition("/")
        assert files.fetch(replace(kept, url=f"{folder}/{'0' * 64}.jpg")) is None
