"""Which of a HEIF file's items is the picture, and what decoding it will cost."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.limits import InspectionLimits

from .coded_size import av1_sizes, hevc_sizes
from .isobmff import Item, ItemFile, read_items

_PICTURES = (b"hvc1", b"av01", b"grid", b"iden", b"iovl")
_CODED = (b"hvc1", b"av01")
_ONE_PICTURE = (b"altr", b"ster")
"""Groups whose members are one picture to whoever looks: alternatives, the halves of a stereo pair."""
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_METADATA = (b"Exif", b"mime", b"uri ")
# Coders work in blocks of at most 128, which may reach beyond the picture.
_LARGEST_BLOCK = 128


@dataclass(frozen=True, slots=True)
class HeifStructure:
    """The primary picture as it is shown, before it is decoded.

    `width` and `height` are those before rotation; `has_alpha` says whether a second plane is decoded
    with it; `metadata_at` are the places where the kinds of items that no decoder needs are written.
    """

    coding: bytes
    width: int
    height: int
    pictures: int
    has_alpha: bool
    metadata_at: tuple[int, ...]


def read_structure(data: bytes, limits: InspectionLimits) -> HeifStructure:
    """Find the primary picture and bound what it is made of.

    Raises:
        Rejected: it is cut off, malformed, coded in a way that is not taken, or beyond a limit.
    """
    try:
        found = read_items(data)
        return _read(data, found, limits)
    except (struct.error, KeyError, IndexError, StopIteration) as error:
        raise Rejected(
            RejectionKind.DAMAGED, "it is cut off or damaged: what says where its picture lies is not there"
        ) from error


def _read(data: bytes, found: ItemFile, limits: InspectionLimits) -> HeifStructure:
    if found.has_movie:
        raise Rejected(RejectionKind.SEVERAL_PICTURES, "it is a sequence of pictures; send one of them")
    primary = found.items[found.primary]
    width, height = _size(data, primary)
    limits.check_size(width, height)
    parts = _parts(data, found, found.primary)
    _check_parts(data, [found.items[part] for part in parts], (width, height), limits)
    coded = [found.items[part].kind for part in parts if found.items[part].kind in _CODED]
    if not coded or len(set(coded)) > 1 or any(found.items[part].kind not in _PICTURES for part in parts):
        raise Rejected(
            RejectionKind.UNSUPPORTED_PICTURE,
            "its picture is coded neither by HEVC nor by AV1; send it as JPEG",
        )
    return HeifStructure(
        coding=coded[0],
        width=width,
        height=height,
        pictures=_count_pictures(found, parts),
        has_alpha=bool(_alphas(data, found, found.primary)),
        metadata_at=tuple(item.kind_at for item in found.items.values() if item.kind in _METADATA),
    )


def _size(data: bytes, item: Item) -> tuple[int, int]:
    """Width and height of an item, as it declares them."""
    box = next(each for each in item.properties if each.kind == b"ispe")
    width, height = struct.unpack_from(">II", data, box.start + 4)
    return width, height


def _alphas(data: bytes, found: ItemFile, identity: int) -> list[int]:
    """The items that are an item's transparency."""
    sources = [source for kind, source, target in found.references if kind == b"auxl" and target == identity]
    return [source for source in sources if source in found.items and _is_alpha(data, found.items[source])]


def _is_alpha(data: bytes, item: Item) -> bool:
    kinds = (data[box.start + 4 : box.end] for box in item.properties if box.kind == b"auxC")
    return any(kind.startswith(_ALPHA) for kind in kinds)


def _parts(data: bytes, found: ItemFile, identity: int) -> list[int]:
    """The items that are decoded for a picture: itself, what it is derived from, and its transparency."""
    inputs: dict[int, list[int]] = {}
    for kind, source, target in found.references:
        if kind == b"dimg":
            inputs.setdefault(source, []).append(target)
    parts, waiting = [], [identity, *_alphas(data, found, identity)]
    known = set(waiting)
    while waiting:
        part = waiting.pop()
        parts.append(part)
        further = [each for each in inputs.get(part, []) if each in found.items and each not in known]
        known.update(further)
        waiting += further
    return parts


def _check_parts(data: bytes, parts: list[Item], size: tuple[int, int], limits: InspectionLimits) -> None:
    """Refuse parts that are cut off, larger than they say, or together far more than the picture."""
    pixels = 0
    for part in parts:
        length = sum(end - begin for begin, end in part.extents)
        if any(end > len(data) for _, end in part.extents) or length > len(data):
            raise Rejected(RejectionKind.DAMAGED, "it is cut off: the end of its picture is missing")
        if part.kind in _CODED:
            width, height = _size(data, part)
            limits.check_size(width, height)
            pixels += width * height
            _check_coded(data, part, (width, height))
    # tiles reach beyond the picture by less than one row and column; transparency is as much again
    largest = 2 * (size[0] + _LARGEST_TILE) * (size[1] + _LARGEST_TILE)
    if pixels > largest:
        raise Rejected(RejectionKind.TOO_COSTLY, "it is made of far more parts than its size needs")


_LARGEST_TILE = 4_096


def _check_coded(data: bytes, item: Item, size: tuple[int, int]) -> None:
    """Refuse a picture whose coder's own header declares another size than its item does."""
    content = b"".join(data[begin:end] for begin, end in item.extents)
    configuration = next(
        data[box.start : box.end] for box in item.properties if box.kind in (b"hvcC", b"av1C")
    )
    sizes = hevc_sizes(configuration, content) if item.kind == b"hvc1" else av1_sizes(configuration, content)
    for width, height in sizes:
        if width > size[0] + _LARGEST_BLOCK or height > size[1] + _LARGEST_BLOCK:
            raise Rejected(
                RejectionKind.DAMAGED,
                f"it declares {size[0]}×{size[1]} pixels and is coded in {width}×{height}",
            )


def _count_pictures(found: ItemFile, parts: list[int]) -> int:
    """The pictures that a gallery would show: no thumbnail, depth or gain map, tile or alternative."""
    beside = {source for kind, source, _ in found.references if kind in (b"thmb", b"auxl")}
    derived_from = {target for kind, _, target in found.references if kind == b"dimg"}
    alike = set().union(*(ids for kind, ids in found.groups if kind in _ONE_PICTURE and found.primary in ids))
    others = found.items.keys() - {found.primary, *parts} - beside - derived_from - alike
    shown = (found.items[identity] for identity in others)
    return 1 + sum(item.kind in _PICTURES and not item.is_hidden for item in shown)
