"""GIF files (GIF89a): their blocks, of which only those of the picture are decoded.

Comments and application blocks are passed over, and so are stray bytes between blocks.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from PIL import GifImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader
from chalicelib.imaging.pieces import Part, file_of

_EXTENSION, _IMAGE, _TRAILER, _PADDING = 0x21, 0x2C, 0x3B, 0x00
_GRAPHIC_CONTROL = b"\x21\xf9\x04"
_GRAPHIC_CONTROL_LENGTH = 8
_SCREEN_END = 13
_NO_PADDING = re.compile(rb"[^\0]")
_BLOCK = re.compile(rb"[\x21\x2c\x3b]")
# Metadata of known pictures stay below a megabyte; more of them is a store of something else.
_MAX_EXTENSION_BYTES = 8_000_000


@dataclass(slots=True)
class Structure:
    """What the blocks tell: where the first frame lies, and what says how it is transparent."""

    screen_end: int
    frames: int = 0
    frame: tuple[int, int] = (0, 0)
    control: bytes = b""
    has_strays: bool = False
    has_end: bool = True

    @property
    def doubt(self) -> str | None:
        """What is odd about the blocks."""
        if self.has_strays:
            return "there are stray bytes between its blocks"
        return None if self.has_end else "the end marker is missing"


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a GIF.

    Raises:
        Rejected: its structure is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    found = read_structure(data, limits)
    view = memoryview(data)
    parts: list[Part] = [view[: found.screen_end], found.control, view[slice(*found.frame)], b";"]
    container = Container(pictures=found.frames, doubt=found.doubt)
    return decode_whole(file_of(parts), container, GifImagePlugin.GifImageFile, limits)


def read_structure(data: bytes, limits: InspectionLimits) -> Structure:
    """Walk over the blocks of a GIF and count its frames.

    Raises:
        Rejected: it is cut off or malformed, or its extensions are larger than a picture needs.
    """
    if len(data) < _SCREEN_END:
        raise Rejected(RejectionKind.DAMAGED, "the GIF is cut off: it ends inside its header")
    screen = struct.unpack_from("<HH", data, 6)
    limits.check_size(*screen)
    position = _SCREEN_END + _colour_table_bytes(data[10])
    found = Structure(position)
    extension_bytes = 0
    while position < len(data) and data[position] != _TRAILER:
        kind, start = data[position], position
        if kind == _IMAGE:
            position = _after_sub_blocks(data, _after_frame_header(data, position, screen))
            found.frames += 1
            found.frame = found.frame if found.frames > 1 else (start, position)
        elif kind == _EXTENSION:
            position = _after_sub_blocks(data, position + 2)
            _note_control(data, start, found)
            extension_bytes += position - start
            _check_extensions(extension_bytes, found.frames)
        else:
            position = _after_stray_bytes(data, position, found)
    if found.frames == 0:
        raise Rejected(RejectionKind.DAMAGED, "the GIF is cut off: it ends before its picture begins")
    found.has_end = position < len(data)
    return found


def _note_control(data: bytes, start: int, found: Structure) -> None:
    if found.frames == 0 and data.startswith(_GRAPHIC_CONTROL, start):
        found.control = data[start : start + _GRAPHIC_CONTROL_LENGTH - 1] + b"\0"


def _check_extensions(extension_bytes: int, frames: int) -> None:
    if extension_bytes > _MAX_EXTENSION_BYTES and frames < 2:
        raise Rejected(
            RejectionKind.TOO_COSTLY,
            "the GIF carries more than 8 MB of texts beside its picture; save the picture without them",
        )


def _after_stray_bytes(data: bytes, position: int, found: Structure) -> int:
    """Where the next block may begin; behind a picture that is whole, nothing is looked for but padding."""
    if data[position] == _PADDING:
        found_end = _NO_PADDING.search(data, position)
        return found_end.start() if found_end else len(data)
    found.has_strays = True
    following = _BLOCK.search(data, position) if found.frames == 0 else None
    return following.start() if following else len(data)


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
    return min(position + 1, len(data))


READER = Reader(re.compile(rb"GIF8[79]a"), decode)
