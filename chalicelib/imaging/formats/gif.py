"""The structure of a GIF file (GIF89a): its blocks, without decoding any."""

from __future__ import annotations

import re
import struct

from PIL import GifImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_SCREEN_END = 13
# Pillow gathers comments at a cost that grows with their square.
_MAX_EXTENSION_BYTES = 1_000_000


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a GIF.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    return decode_whole(data, read_container(data, limits), GifImagePlugin.GifImageFile, limits)


def read_container(data: bytes, limits: InspectionLimits) -> Container:
    """Walk over the blocks of a GIF and count its frames.

    Raises:
        Rejected: it is cut off or malformed, or its extensions are larger than a picture needs.
    """
    if len(data) < _SCREEN_END:
        raise Rejected(RejectionKind.DAMAGED, "the GIF is cut off: it ends inside its header")
    screen = struct.unpack_from("<HH", data, 6)
    limits.check_size(*screen)
    position = _SCREEN_END + _colour_table_bytes(data[10])
    frames = extension_bytes = 0
    while position < len(data) and data[position] != _TRAILER:
        kind, start = data[position], position
        if kind == _IMAGE:
            frames += 1
            position = _after_frame_header(data, position, screen)
        elif kind == _EXTENSION:
            position += 2
        else:
            raise Rejected(RejectionKind.DAMAGED, f"the GIF is damaged: a block of unknown kind {kind:#04x}")
        position = _after_sub_blocks(data, position)
        extension_bytes += position - start if kind == _EXTENSION else 0
        if extension_bytes > _MAX_EXTENSION_BYTES and frames < 2:
            raise Rejected(RejectionKind.TOO_COSTLY, "the GIF carries more than 1 MB beside its picture")
    if frames == 0:
        raise Rejected(RejectionKind.DAMAGED, "the GIF is cut off: it ends before its picture begins")
    doubt = "the end marker is missing" if position >= len(data) else None
    return Container(pictures=frames, doubt=doubt)


def _colour_table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_frame_header(data: bytes, position: int, screen: tuple[int, int]) -> int:
    """Where the sub-blocks of the frame begin whose descriptor stands at `position`."""
    if position + 10 > len(data):
        raise Rejected(RejectionKind.DAMAGED, "the GIF is cut off: it ends inside a frame's header")
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, position + 1)
    # The standard demands it; Pillow would enlarge the picture instead.
    if left + width > screen[0] or top + height > screen[1]:
        raise Rejected(RejectionKind.DAMAGED, "the GIF is malformed: a frame reaches beyond the picture")
    return position + 10 + _colour_table_bytes(flags) + 1


def _after_sub_blocks(data: bytes, position: int) -> int:
    """Where the chain of sub-blocks at `position` ends; the end of the data if it is cut off."""
    while position < len(data) and (length := data[position]):
        position += 1 + length
    return position + 1


READER = Reader(re.compile(rb"GIF8[79]a"), decode)
