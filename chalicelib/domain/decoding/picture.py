"""A decoded picture, made small."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

# What the perceptual hash (32 px) and the thumbnail (256 px) need to come out as from all pixels.
MIN_SHORT_SIDE = 64
MIN_LONG_SIDE = 256


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
