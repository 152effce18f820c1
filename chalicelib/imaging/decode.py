"""A picture of any format but JPEG: decoded whole by Pillow, then reduced."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from PIL import ImageFile

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

from .limits import InspectionLimits
from .picture import MIN_LONG_SIDE, Container, Picture
from .reduce import reduce_picture

_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
_BYTES_PER_COLOUR_PIXEL = 4


def decode_whole(
    file: IO[bytes],
    container: Container,
    plugin: Callable[[IO[bytes]], ImageFile.ImageFile],
    limits: InspectionLimits,
    long_side: int = MIN_LONG_SIDE,
) -> Picture:
    """Decode a picture to its end.

    Args:
        file: what of the file the decoder needs.
        container: what its structure tells.
        plugin: Pillow's class for the format. It is called instead of `Image.open`, which would try
            other formats too, and whose bound on pixels is a warning between 89 and 179 megapixels.
        limits: what decoding it may cost.
        long_side: pixels that are to be left along the longer side, at least.

    Raises:
        Rejected: it has several pictures, is unsupported, or is beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    if container.pictures != 1:
        raise Rejected(
            RejectionKind.SEVERAL_PICTURES,
            f"it holds {container.pictures} pictures (animated or multi-page); only one is taken",
        )
    picture = plugin(file)
    width, height = picture.size
    limits.check_size(width, height)
    bytes_per_pixel = _BYTES_PER_PIXEL.get(picture.mode, _BYTES_PER_COLOUR_PIXEL)
    limits.check_memory(width * height * bytes_per_pixel + container.extra_bytes)
    picture.load()
    colour, gray, scale = reduce_picture(picture, long_side)
    return Picture(width, height, container.orientation, colour, gray, scale, container.doubt)
