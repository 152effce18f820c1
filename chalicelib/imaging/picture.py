"""What is known of a file before its pixels are decoded, and the decoded picture, made small."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image

from .limits import InspectionLimits

# What the perceptual hash (32 px) and the thumbnail (256 px) need to come out as from all pixels.
MIN_SHORT_SIDE = 64
MIN_LONG_SIDE = 256
PREVIEW_LONG_SIDE = 2_048
"""The most pixels that a preview has along its longer side."""
# From the next EXIF orientation on, width and height are swapped.
_LAST_UPRIGHT = 4


def reduction(size: tuple[int, int], long_side: int = MIN_LONG_SIDE) -> int:
    """By how much a picture of this size can be made smaller and leave `long_side` and enough pixels."""
    return max(1, min(min(size) // MIN_SHORT_SIDE, max(size) // long_side))


@dataclass(frozen=True, slots=True)
class Reader:
    """How a format is told by a file's first bytes, and what decodes it.

    `decode` raises `Rejected`, or what a decoder raises for a file that does not decode to its end.
    """

    signature: re.Pattern[bytes]
    decode: Callable[[bytes, InspectionLimits], Picture]


@dataclass(frozen=True, slots=True)
class Container:
    """The structure of a file of one of the formats that are decoded whole (all but JPEG).

    pictures: frames or pages in it; only one is taken.
    orientation: EXIF, 1 to 8.
    extra_bytes: memory that the decoder needs beside the decoded picture.
    doubt: what about the structure is not as it should be, though the pixels may decode.
    """

    pictures: int = 1
    orientation: int = 1
    extra_bytes: int = 0
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """What of a file's pixels is needed: the picture as stored (not yet upright), `scale` times smaller.

    `colour` is RGB on white or gray, `gray` is luma that ignores transparency, as `imagehash` has
    it; both cover ceil(width / scale) × ceil(height / scale) pixels, of which the last column and
    row may be covered by the picture only in part. `width` and `height` are the stored pixels'.
    """

    width: int
    height: int
    orientation: int
    colour: Image.Image
    gray: Image.Image
    scale: int
    doubt: str | None = None
    is_turned_by_its_file: bool = False

    def turned_by_its_file(self, orientation: int) -> Picture:
        """This picture, of which the file format itself says how it is turned, as an EXIF orientation."""
        return replace(self, orientation=orientation, is_turned_by_its_file=True)

    def reduced(self) -> Picture:
        """The same picture, no larger than hash and thumbnail need."""
        factor = reduction((self.width, self.height)) // self.scale
        if factor <= 1:
            return self
        colour, gray = self.colour.reduce(factor), self.gray.reduce(factor)
        return replace(self, colour=colour, gray=gray, scale=self.scale * factor)

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in pixels as they are told: stored ones, unless the format itself turns them."""
        if self.is_turned_by_its_file and self.orientation > _LAST_UPRIGHT:
            return self.height, self.width
        return self.width, self.height

    @property
    def told_orientation(self) -> int:
        """The EXIF orientation that is left to whoever shows the file."""
        return 1 if self.is_turned_by_its_file else self.orientation

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part of `colour` and `gray` that the picture covers, in their pixels."""
        return (0.0, 0.0, self.width / self.scale, self.height / self.scale)
