"""What is known of a file before its pixels are decoded, and the decoded picture, made small."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from .limits import InspectionLimits

# What the perceptual hash (32 px) and the thumbnail (256 px) need to come out as from all pixels.
MIN_SHORT_SIDE = 64
MIN_LONG_SIDE = 256


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

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part of `colour` and `gray` that the picture covers, in their pixels."""
        return (0.0, 0.0, self.width / self.scale, self.height / self.scale)
