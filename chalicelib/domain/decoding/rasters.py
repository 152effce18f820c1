"""PNG, WebP, TIFF, BMP and GIF to a small picture: decoded whole by Pillow, then reduced."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

from . import gif, png, tiff, webp
from .container import Container
from .limits import InspectionLimits
from .picture import Picture
from .reduction import reduce_picture

_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
_BYTES_PER_COLOUR_PIXEL = 4
_RUN_LENGTH_BMP = "bmp_rle"
_MAX_RUN_LENGTH_PIXELS = 4_000_000


class _StoredTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF as it is stored.

    Pillow's own class rotates the whole picture in memory, reads every directory that the metadata
    point to (where a crafted file lets it read the same bytes thousands of times), and warns of
    sizes that `InspectionLimits` has let through.
    """

    def load_prepare(self) -> None:
        self._size = self._tile_size
        ImageFile.ImageFile.load_prepare(self)

    def load_end(self) -> None:
        pass


def _read_bmp(data: bytes, limits: InspectionLimits) -> Container:  # noqa: ARG001 (as its siblings)
    declared = int.from_bytes(data[2:6], "little")
    return Container(doubt="the file is shorter than it claims" if declared > len(data) else None)


_Reader = Callable[[bytes, InspectionLimits], Container]
_FORMATS: dict[str, tuple[_Reader, type[ImageFile.ImageFile]]] = {
    "PNG": (png.read_container, PngImagePlugin.PngImageFile),
    "WEBP": (webp.read_container, WebPImagePlugin.WebPImageFile),
    "TIFF": (tiff.read_container, _StoredTiff),
    "BMP": (_read_bmp, BmpImagePlugin.BmpImageFile),
    "GIF": (gif.read_container, GifImagePlugin.GifImageFile),
}


def decode_raster(data: bytes, detected_format: str, limits: InspectionLimits) -> Picture:
    """Decode a picture of any format but JPEG to its end.

    The plugin's class is called instead of `Image.open`, which would try other formats too, and
    whose bound on pixels is a warning between 89 and 179 megapixels.

    Raises:
        Rejected: it has several pictures, is unsupported, cut off or beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    read, plugin = _FORMATS[detected_format]
    container = read(data, limits)
    if container.pictures != 1:
        raise Rejected(
            RejectionKind.SEVERAL_PICTURES,
            f"it holds {container.pictures} pictures (animated or multi-page); only one is taken",
        )
    picture = plugin(io.BytesIO(data))
    if isinstance(picture, _StoredTiff):
        width, height = picture._tile_size
    else:
        width, height = picture.size
    limits.check_size(width, height)
    _check_cost(picture, width * height, container, limits)
    picture.load()
    colour, gray, scale = reduce_picture(picture)
    return Picture(width, height, container.orientation, colour, gray, scale, container.doubt)


def _check_cost(
    picture: ImageFile.ImageFile, pixels: int, container: Container, limits: InspectionLimits
) -> None:
    # Pillow decodes run-length BMPs in Python, at a microsecond a run
    if any(tile.codec_name == _RUN_LENGTH_BMP for tile in picture.tile) and pixels > _MAX_RUN_LENGTH_PIXELS:
        raise Rejected(RejectionKind.TOO_COSTLY, "run-length encoded BMP files may have at most 4 megapixels")
    limits.check_memory(
        pixels * _BYTES_PER_PIXEL.get(picture.mode, _BYTES_PER_COLOUR_PIXEL) + container.extra_bytes
    )
