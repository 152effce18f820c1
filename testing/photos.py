"""Made pictures for tests and benchmarks: photo-like, seeded, in every format that Nebula meets.

The same arguments give the same picture everywhere; files of the lossy formats are the same for the
same version of Pillow. Small pictures take milliseconds.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw

_GRAIN = 256
_ORIENTATION = 0x0112


def photo(seed: int, width: int = 320, height: int = 240, *, grain: float = 4.0) -> Image.Image:
    """A photo-like RGB picture: soft light, texture, some sharp-edged things, and sensor noise.

    `grain` is the noise's standard deviation, in levels of 255.
    """
    random = np.random.default_rng(seed)
    picture = Image.blend(
        _clouds(random, width, height, cells=6),
        _clouds(random, width, height, cells=40),
        alpha=0.35,
    )
    _draw_things(picture, random)
    noise = random.normal(128, grain, (_GRAIN, _GRAIN)).clip(0, 255).astype(np.uint8)
    repeats = (-(-height // _GRAIN), -(-width // _GRAIN))
    layer = Image.fromarray(np.tile(noise, repeats)[:height, :width]).convert("RGB")
    return ImageChops.add(picture, layer, offset=-128)


def _clouds(random: np.random.Generator, width: int, height: int, *, cells: int) -> Image.Image:
    rows = max(2, cells * height // max(width, height))
    columns = max(2, cells * width // max(width, height))
    samples = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    return Image.fromarray(samples).resize((width, height), Image.Resampling.BICUBIC)


def _draw_things(picture: Image.Image, random: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    for number in range(6):
        corners = random.random((2, 2)) * picture.size
        (left, top), (right, bottom) = np.sort(corners, axis=0).tolist()
        colour = tuple(random.integers(0, 256, 3).tolist())
        shape = draw.rectangle if number % 2 else draw.ellipse
        shape((left, top, right, bottom), fill=colour)


def encode(
    picture: Image.Image, file_format: str, *, orientation: int | None = None, **options: Any
) -> bytes:
    """A picture as a file of the format, with an EXIF orientation if one is given."""
    if orientation is not None:
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        options["exif"] = exif
    written = io.BytesIO()
    picture.save(written, file_format, **options)
    return written.getvalue()


def photo_jpeg(
    seed: int,
    width: int = 320,
    height: int = 240,
    *,
    quality: int = 85,
    progressive: bool = False,
    orientation: int | None = None,
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    """A photo as JPEG; `mode` may be RGB, L or CMYK."""
    picture = photo(seed, width, height).convert(mode)
    return encode(
        picture, "JPEG", orientation=orientation, quality=quality, progressive=progressive, **options
    )


def photo_png(
    seed: int, width: int = 320, height: int = 240, *, mode: str = "RGB", orientation: int | None = None
) -> bytes:
    """A photo as PNG; `mode` is one of Pillow's, with a soft-edged hole where it has alpha."""
    return encode(
        with_mode(photo(seed, width, height), mode), "PNG", orientation=orientation, compress_level=1
    )


def photo_webp(
    seed: int,
    width: int = 320,
    height: int = 240,
    *,
    quality: int = 80,
    orientation: int | None = None,
    **options: Any,
) -> bytes:
    """A photo as WebP; `lossless=True` for the other kind."""
    picture = photo(seed, width, height)
    return encode(picture, "WEBP", orientation=orientation, quality=quality, method=0, **options)


def photo_tiff(
    seed: int,
    width: int = 320,
    height: int = 240,
    *,
    mode: str = "RGB",
    orientation: int | None = None,
    **options: Any,
) -> bytes:
    """A photo as TIFF; `compression` as Pillow names it."""
    return encode(with_mode(photo(seed, width, height), mode), "TIFF", orientation=orientation, **options)


def photo_avif(seed: int, width: int = 320, height: int = 240) -> bytes:
    """A photo as AVIF, coded in a hurry."""
    return encode(photo(seed, width, height), "AVIF", speed=10, quality=75)


def photo_bmp(seed: int, width: int = 320, height: int = 240, *, mode: str = "RGB") -> bytes:
    """A photo as BMP."""
    return encode(with_mode(photo(seed, width, height), mode), "BMP")


def photo_gif(seed: int, width: int = 320, height: int = 240) -> bytes:
    """A photo as GIF of one frame."""
    return encode(with_mode(photo(seed, width, height), "P"), "GIF")


def with_mode(picture: Image.Image, mode: str) -> Image.Image:
    """An RGB picture in another mode: alpha fades in from the left, `I;16` uses all 16 bits."""
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    if mode in ("LA", "RGBA"):
        fading = Image.linear_gradient("L").rotate(90).resize(picture.size)
        faded = picture.convert(mode)
        faded.putalpha(fading)
        return faded
    if mode == "P":
        return picture.quantize(64, method=Image.Quantize.FASTOCTREE)
    return picture.convert(mode)


def animated(file_format: str, frames: int = 3, *, width: int = 64, height: int = 48) -> bytes:
    """An animated GIF, WebP or PNG, or a TIFF of several pages."""
    first, *others = [photo(seed, width, height) for seed in range(frames)]
    return encode(first, file_format, save_all=True, append_images=others)


def photo_mpo(seed: int, width: int = 320, height: int = 240) -> bytes:
    """A multi-picture JPEG, as phones write for portraits and HDR: the photo, then a smaller one."""
    main = photo(seed, width, height)
    return encode(main, "MPO", save_all=True, append_images=[main.resize((width // 2, height // 2))])


def decoded(data: bytes) -> Image.Image:
    """A file decoded whole by Pillow, as it is stored."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture
