"""HEIF files made box by box of a few coded pictures, so that each test says what its file holds.

The coded pictures in `heif/` are ours: `testing.photos.photo(1, 160, 120)`, and a tile of 64×64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from pathlib import Path

FOLDER = Path(__file__).parent / "heif"
WIDTH, HEIGHT, TILE = 160, 120, 64
BITS = {"8-bit": (8, 8, 8), "10-bit": (10, 10, 10), "12-bit": (12, 12, 12), "gray": (8,), "alpha": (8,)}
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
DEPTH = b"urn:mpeg:hevc:2015:auxid:2\0"
GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"


def box(kind: bytes, body: bytes) -> bytes:
    """A box."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, body: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags) + body)


@dataclass
class Item:
    """An item: its kind, bytes and properties; `refers` are (kind, ids)."""

    kind: bytes
    content: bytes
    properties: list[bytes] = field(default_factory=list)
    refers: list[tuple[bytes, list[int]]] = field(default_factory=list)
    hidden: bool = False


def size(width: int, height: int) -> bytes:
    """The property that tells an item's size."""
    return full(b"ispe", struct.pack(">II", width, height))


def turned(quarters: int) -> bytes:
    """The property that turns an item anticlockwise."""
    return box(b"irot", bytes([quarters]))


def mirrored(axis: int) -> bytes:
    """The property that mirrors an item."""
    return box(b"imir", bytes([axis]))


def coded(name: str = "8-bit", *properties: bytes, at: tuple[int, int] = (WIDTH, HEIGHT)) -> Item:
    """One of the coded pictures."""
    configuration = (FOLDER / f"{name}.hvcC").read_bytes()
    bits = BITS.get(name, (8, 8, 8))
    pixels = full(b"pixi", bytes([len(bits), *bits]))
    content = (FOLDER / f"{name}.hevc").read_bytes()
    return Item(b"hvc1", content, [box(b"hvcC", configuration), size(*at), pixels, *properties])


def grid(columns: int, rows: int, first: int, at: tuple[int, int] | None = None) -> Item:
    """A picture of tiles, whose ids begin at `first`."""
    width, height = at or (TILE * columns, TILE * rows)
    content = bytes([0, 1, rows - 1, columns - 1]) + struct.pack(">II", width, height)
    ids = [first + number for number in range(columns * rows)]
    return Item(b"grid", content, [size(width, height)], [(b"dimg", ids)])


def auxiliary(kind: bytes, of: int, name: str = "gray") -> Item:
    """A depth map, a gain map or a transparency of another item."""
    item = coded(name, full(b"auxC", kind))
    item.refers.append((b"auxl", [of]))
    return item


def heif(
    *items: Item,
    primary: int = 1,
    brand: bytes = b"heic",
    groups: tuple[bytes, ...] = (),
    behind: bytes = b"",
) -> bytes:
    """A file of these items, whose ids count from 1; items of equal bytes share them."""
    head = box(b"ftyp", brand + bytes(4) + brand + b"mif1")
    meta_size = len(_meta(items, primary, groups, [0] * len(items)))
    places: list[int] = []
    content = bytearray()
    known: dict[bytes, int] = {}
    for item in items:
        if item.content not in known:
            known[item.content] = len(head) + meta_size + 8 + len(content)
            content += item.content
        places.append(known[item.content])
    return head + _meta(items, primary, groups, places) + box(b"mdat", bytes(content)) + behind


def _meta(items: tuple[Item, ...], primary: int, groups: tuple[bytes, ...], places: list[int]) -> bytes:
    kinds = b"".join(
        full(b"infe", struct.pack(">HH4sx", number, 0, item.kind), version=2, flags=int(item.hidden))
        for number, item in enumerate(items, 1)
    )
    iloc = b"".join(
        struct.pack(">HHHII", number, 0, 1, place, len(item.content))
        for number, (item, place) in enumerate(zip(items, places, strict=True), 1)
    )
    references = b"".join(
        box(kind, struct.pack(f">HH{len(ids)}H", number, len(ids), *ids))
        for number, item in enumerate(items, 1)
        for kind, ids in item.refers
    )
    properties = list(dict.fromkeys(each for item in items for each in item.properties))
    associations = b"".join(
        struct.pack(">HB", number, len(item.properties))
        + b"".join(struct.pack(">H", 1 + properties.index(each)) for each in item.properties)
        for number, item in enumerate(items, 1)
    )
    ipma = full(b"ipma", struct.pack(">I", len(items)) + associations, flags=1)
    parts = [
        full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        full(b"pitm", struct.pack(">H", primary)),
        full(b"iloc", struct.pack(">HH", 0x4400, len(items)) + iloc),
        full(b"iinf", struct.pack(">H", len(items)) + kinds),
        full(b"iref", references) if references else b"",
        box(b"iprp", box(b"ipco", b"".join(properties)) + ipma),
        box(b"grpl", b"".join(groups)) if groups else b"",
    ]
    return full(b"meta", b"".join(parts))


def group(kind: bytes, *ids: int) -> bytes:
    """A group of items."""
    return full(kind, struct.pack(f">II{len(ids)}I", 99, len(ids), *ids))


def exif_of_orientation(orientation: int) -> Item:
    """EXIF that says that the first item is turned."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x0112, 3, 1, orientation) + bytes(4)
    return Item(b"Exif", struct.pack(">I", 6) + exif, refers=[(b"cdsc", [1])])


def photo_heic(_seed: int, width: int, height: int) -> bytes:
    """A HEIC as phones write it: a grid of tiles, as many as fit; all of them alike."""
    columns, rows = width // WIDTH, height // HEIGHT
    tiles = [replace(coded(), hidden=True)] * (columns * rows)
    return heif(grid(columns, rows, 2, (columns * WIDTH, rows * HEIGHT)), *tiles)
