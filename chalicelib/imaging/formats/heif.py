"""HEIC and AVIF: pictures that phones write, in HEIF files.

The primary picture is the image: depth and gain maps, thumbnails and the other half of a stereo pair
belong to it. How it is turned stands in the file itself (`irot`, `imir`) and is part of the picture, as
phones show it; an EXIF orientation besides says the same once more, and is passed over.
"""

from __future__ import annotations

import io
import re
from typing import IO, Any

from PIL import AvifImagePlugin, ExifTags

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import PREVIEW_LONG_SIDE, Container, Picture, Reader, reduction
from chalicelib.imaging.pieces import Part
from chalicelib.imaging.reduce import reduce_rows

from .heif_structure import HeifStructure, read_structure

# Measured: 5.7 bytes of 8 bits and 8.1 of more, for the planes as decoded and the picture in colours.
_HEIC_BYTES_PER_PIXEL = 9
_ALPHA_BYTES_PER_PIXEL = 4
# What is left for the preview: in colours and in gray.
_SMALL_BYTES_PER_PIXEL = 5
# The decoder's planes and its picture in colours, which Pillow copies once more.
_AVIF_BYTES_PER_PIXEL = 12
_THREADS = 1


def decode_heic(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode the primary picture of a HEIC.

    Raises:
        Rejected: it is a sequence or a collection, unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = _structure(data, limits, b"hvc1")
    limits.check_memory(_heic_bytes(structure))
    # The module below `pi_heif`, which would read every item of metadata.
    from _pi_heif import load_file

    images: list[Any] = load_file(data, _THREADS, True, False, True, True, "", False)
    image = next(each for each in images if each is not None and each.primary)
    pixels = memoryview(image.data)
    (width, height), mode = image.size_mode
    limits.check_size(width, height)
    colour, gray, scale = reduce_rows(pixels, mode, (width, height), image.stride, PREVIEW_LONG_SIDE)
    return Picture(width, height, 1, colour, gray, scale)


def _heic_bytes(structure: HeifStructure) -> int:
    pixels = structure.width * structure.height
    small = pixels // reduction((structure.width, structure.height), PREVIEW_LONG_SIDE) ** 2
    alpha = _ALPHA_BYTES_PER_PIXEL if structure.has_alpha else 0
    return pixels * (_HEIC_BYTES_PER_PIXEL + alpha) + small * _SMALL_BYTES_PER_PIXEL


def decode_avif(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode the primary picture of an AVIF.

    Raises:
        Rejected: it is a sequence or a collection, unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    structure = _structure(data, limits, b"av01")
    container = Container(extra_bytes=structure.width * structure.height * _AVIF_BYTES_PER_PIXEL)
    opened: list[AvifImagePlugin.AvifImageFile] = []

    def plugin(file: IO[bytes]) -> AvifImagePlugin.AvifImageFile:
        opened.append(AvifImagePlugin.AvifImageFile(file))
        return opened[0]

    picture = decode_whole(io.BytesIO(_without_metadata(data, structure)), container, plugin, limits)
    orientation = opened[0].getexif().get(ExifTags.Base.Orientation, 1)
    return picture.turned_by_its_file(orientation)


def _structure(data: bytes, limits: InspectionLimits, coding: bytes) -> HeifStructure:
    structure = read_structure(data, limits)
    if structure.pictures != 1:
        raise Rejected(
            RejectionKind.SEVERAL_PICTURES,
            f"it holds {structure.pictures} pictures (a collection); only one is taken",
        )
    if structure.coding != coding:
        raise Rejected(RejectionKind.UNSUPPORTED_PICTURE, "it is coded in another way than its brand says")
    return structure


def _without_metadata(data: bytes, structure: HeifStructure) -> bytes:
    """The same file with items of metadata renamed, so that no decoder looks for them."""
    if not structure.metadata_at:
        return data
    view, parts, position = memoryview(data), list[Part](), 0
    for at in sorted(structure.metadata_at):
        parts += [view[position:at], b"skip"]
        position = at + 4
    return b"".join([*parts, view[position:]])


HEIC = Reader(re.compile(rb".{4}ftyp(?:hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL), decode_heic)
AVIF = Reader(re.compile(rb".{4}ftyp(?:avi[fs]|mif1.{4}(?:.{4}){0,60}?avif)", re.DOTALL), decode_avif)
