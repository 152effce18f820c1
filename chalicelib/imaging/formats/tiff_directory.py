"""TIFF image file directories (TIFF 6.0, section 2), which EXIF uses too; the 64-bit kind as well."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

_TYPE_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_ORIENTATION = 274
_UPRIGHT = 1


class Entry(NamedTuple):
    """One tag's values: their TIFF type, their number, and where in the file they lie."""

    type: int
    values: int
    position: int

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return _TYPE_SIZES.get(self.type, 0) * self.values


Entries = dict[int, Entry]
"""The entries of a directory by their tags; of a tag that stands twice the first, as libtiff has it."""


class Directory(NamedTuple):
    """Where it lies, its entries, and the next directory's byte offset, 0 if there is none."""

    offset: int
    entries: Entries
    following: int


@dataclass(frozen=True, slots=True)
class TiffFile:
    """A TIFF's bytes with what its header says about reading them."""

    data: bytes
    order: str
    first: int
    is_big: bool

    @classmethod
    def of(cls, data: bytes) -> TiffFile:
        """Read the header.

        Raises:
            struct.error: the data ends before the header does.
            ValueError: it is no TIFF header.
        """
        order = {b"II": "<", b"MM": ">"}.get(data[:2])
        if order is None:
            raise ValueError("not a TIFF header")
        magic = struct.unpack_from(order + "H", data, 2)[0]
        if magic not in (42, 43):
            raise ValueError("not a TIFF header")
        is_big = magic == 43
        first = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)[0]
        return cls(data, order, first, is_big)

    def directory(self, offset: int) -> Directory:
        """The directory at a byte offset.

        Raises:
            struct.error: it does not lie inside the file.
        """
        count_code, row_code, offset_code = ("Q", "HHQQ", "Q") if self.is_big else ("H", "HHII", "I")
        (count,) = struct.unpack_from(self.order + count_code, self.data, offset)
        rows = struct.Struct(self.order + row_code)
        start = offset + struct.calcsize(self.order + count_code)
        end = start + count * rows.size
        if end > len(self.data):
            raise struct.error("a directory reaches beyond the file")
        inline = struct.calcsize(self.order + offset_code)
        entries: Entries = {}
        for index, (tag, kind, values, where) in enumerate(rows.iter_unpack(self.data[start:end])):
            fits = _TYPE_SIZES.get(kind, 0) * values <= inline
            place = start + (index + 1) * rows.size - inline if fits else where
            entries.setdefault(tag, Entry(kind, values, place))
        # the last directory of some files ends without saying so
        has_following = end + inline <= len(self.data)
        following = struct.unpack_from(self.order + offset_code, self.data, end)[0] if has_following else 0
        return Directory(offset, entries, following)

    def only(self, directory: Directory, entries: Entries) -> list[bytes | memoryview]:
        """The parts of the same file with one directory, of these entries; values stay where they are."""
        offset_code, count_code = ("Q", "Q") if self.is_big else ("I", "H")
        begin = struct.pack(self.order + offset_code, directory.offset)
        written = struct.pack(self.order + count_code, len(entries))
        written += b"".join(self._row(tag, entry) for tag, entry in sorted(entries.items()))
        written += bytes(len(begin))
        view, header = memoryview(self.data), len(begin)
        # It is no longer than the one that it lies over, so that no pixel is.
        return [
            view[:header],
            begin,
            view[2 * header : directory.offset],
            written,
            view[directory.offset + len(written) :],
        ]

    def _row(self, tag: int, entry: Entry) -> bytes:
        code, inline = ("Q", 8) if self.is_big else ("I", 4)
        head = struct.pack(self.order + "HH" + code, tag, entry.type, entry.values)
        if entry.size <= inline:
            return head + self.data[entry.position : entry.position + inline].ljust(inline, b"\0")
        return head + struct.pack(self.order + code, entry.position)

    def one(self, entries: Entries, tag: int, default: int = 0) -> int:
        """The first value of an integer tag; `default` where there is none.

        Raises:
            struct.error: the values do not lie inside the file.
        """
        values = self.integers(entries.get(tag))
        return values[0] if values else default

    def integers(self, entry: Entry | None) -> tuple[int, ...]:
        """The values of an unsigned integer tag; none if it is absent or of another type.

        Raises:
            struct.error: the values do not lie inside the file.
        """
        if entry is None or entry.type not in _INTEGER_CODES:
            return ()
        if entry.position + entry.size > len(self.data):
            raise struct.error("a tag's values lie outside the file")
        return struct.unpack_from(
            f"{self.order}{entry.values}{_INTEGER_CODES[entry.type]}", self.data, entry.position
        )

    def orientation(self, entries: Entries) -> int:
        """The EXIF orientation, 1 to 8; 1 where it is absent or makes no sense."""
        entry = entries.get(_ORIENTATION)
        if entry is None or entry.values != 1:
            return _UPRIGHT
        value = self.integers(entry)
        return value[0] if value and 1 <= value[0] <= 8 else _UPRIGHT


def exif_orientation(exif: bytes) -> int:
    """The orientation in an EXIF block, with or without its `Exif` prefix.

    Only the first directory is read, and nothing that its tags point to, so that a crafted block
    costs nothing. Returns 1 (upright) for a block that makes no sense: it must not lose a picture.
    """
    try:
        tiff = TiffFile.of(exif.removeprefix(b"Exif\0\0"))
        return tiff.orientation(tiff.directory(tiff.first).entries)
    except (struct.error, ValueError, OverflowError):
        return _UPRIGHT
