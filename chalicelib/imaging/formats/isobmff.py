"""The boxes of a HEIF file (ISO/IEC 23008-12 in 14496-12): its items, read without decoding one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

MAX_ITEMS = 1_000
"""As libheif takes; a grid of the largest picture has some 500 tiles."""
_MAX_BOXES = 20_000
_HIDDEN = 1


class Box(NamedTuple):
    """A box: its kind, and where its body begins and ends."""

    kind: bytes
    start: int
    end: int


@dataclass(slots=True)
class Item:
    """An item: where its bytes lie in the file, what holds of it, and where its kind is written."""

    kind: bytes
    is_hidden: bool
    kind_at: int
    extents: list[tuple[int, int]] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)


@dataclass(slots=True)
class ItemFile:
    """The items by id, the primary one's id, and how they refer to each other: (kind, from, to)."""

    items: dict[int, Item] = field(default_factory=dict)
    primary: int = 0
    references: list[tuple[bytes, int, int]] = field(default_factory=list)
    groups: list[tuple[bytes, set[int]]] = field(default_factory=list)
    has_movie: bool = False


def too_many(what: str) -> Rejected:
    """The rejection of a file that has more of something than any picture."""
    return Rejected(RejectionKind.TOO_COSTLY, f"it has more {what} than a picture needs")


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places; one that reaches beyond the end ends there."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        size = size or end - start
        if size < head:
            raise struct.error("a box is smaller than its own header")
        yield Box(kind, start + head, min(start + size, end))
        start += size
    raise too_many("boxes")


def read_items(data: bytes) -> ItemFile:
    """Read the items of a file.

    Raises:
        Rejected: there are more boxes or items than a picture needs.
        struct.error: a box is cut off or malformed.
    """
    found = ItemFile()
    for box in boxes(data, 0, len(data)):
        found.has_movie |= box.kind == b"moov"
        if box.kind == b"meta" and not found.items:
            _read_meta(data, box, found)
    return found


def _read_meta(data: bytes, meta: Box, found: ItemFile) -> None:
    inner = {box.kind: box for box in boxes(data, meta.start + 4, meta.end)}
    _read_kinds(data, inner[b"iinf"], found)
    found.primary = _Reader(data, inner[b"pitm"]).identity_by_version(1)
    _read_places(data, inner[b"iloc"], inner.get(b"idat"), found)
    _read_properties(data, inner[b"iprp"], found)
    if b"iref" in inner:
        _read_references(data, inner[b"iref"], found)
    for group in boxes(data, inner[b"grpl"].start, inner[b"grpl"].end) if b"grpl" in inner else ():
        reader = _Reader(data, group)
        reader.take(4)
        members = (reader.take(4) for _ in range(min(reader.take(4), MAX_ITEMS)))
        found.groups.append((group.kind, set(members)))


class _Reader:
    """Takes big-endian numbers from a full box's body, one behind the other."""

    def __init__(self, data: bytes, box: Box) -> None:
        self._data, self.position, self._end = data, box.start, box.end
        self.version = self.take(1)
        self.flags = self.take(3)

    def take(self, size: int) -> int:
        """The number in the next `size` bytes."""
        begin, self.position = self.position, self.position + size
        if self.position > self._end:
            raise struct.error("a box is cut off")
        return int.from_bytes(self._data[begin : self.position])

    def identity_by_version(self, long_since: int) -> int:
        """An item's id: of four bytes since a version, else of two."""
        return self.take(4 if self.version >= long_since else 2)


def _read_kinds(data: bytes, box: Box, found: ItemFile) -> None:
    reader = _Reader(data, box)
    reader.identity_by_version(1)  # how many there are, which the boxes tell
    for entry in boxes(data, reader.position, box.end):
        item = _Reader(data, entry)
        identity = item.identity_by_version(3)
        item.take(2)
        kind = data[item.position : item.position + 4]
        found.items[identity] = Item(kind, bool(item.flags & _HIDDEN), item.position)
        if len(found.items) > MAX_ITEMS:
            raise too_many("items")


def _read_places(data: bytes, box: Box, idat: Box | None, found: ItemFile) -> None:
    reader = _Reader(data, box)
    sizes = reader.take(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if reader.version else 0
    for _ in range(min(reader.identity_by_version(2), MAX_ITEMS)):
        identity = reader.identity_by_version(2)
        is_inside = reader.version > 0 and reader.take(2) & 15 == 1
        reader.take(2)
        base = reader.take(base_size) + (idat.start if is_inside and idat else 0)
        extents = []
        for _ in range(reader.take(2)):
            reader.take(index_size)
            offset, length = reader.take(offset_size), reader.take(length_size)
            begin = base + offset
            extents.append((begin, begin + length if length else len(data)))
        if identity in found.items:
            found.items[identity].extents = extents


def _read_properties(data: bytes, box: Box, found: ItemFile) -> None:
    inner = list(boxes(data, box.start, box.end))
    container = next(each for each in inner if each.kind == b"ipco")
    properties = list(boxes(data, container.start, container.end))
    for associations in (each for each in inner if each.kind == b"ipma"):
        reader = _Reader(data, associations)
        size = 2 if reader.flags & 1 else 1
        for _ in range(min(reader.take(4), MAX_ITEMS)):
            item = found.items.get(reader.identity_by_version(1))
            for _ in range(reader.take(1)):
                index = reader.take(size) & (0x7FFF if size == 2 else 0x7F)
                if item is not None and 0 < index <= len(properties):
                    item.properties.append(properties[index - 1])


def _read_references(data: bytes, box: Box, found: ItemFile) -> None:
    head = _Reader(data, box)
    size = 4 if head.version else 2
    for each in boxes(data, head.position, box.end):
        numbers = memoryview(data)[each.start : each.end]
        source = int.from_bytes(numbers[:size])
        count = int.from_bytes(numbers[size : size + 2])
        targets = numbers[size + 2 : size + 2 + count * size]
        found.references += [
            (each.kind, source, int.from_bytes(targets[at : at + size]))
            for at in range(0, len(targets), size)
        ]
        if len(found.references) > 4 * MAX_ITEMS:
            raise too_many("references")
