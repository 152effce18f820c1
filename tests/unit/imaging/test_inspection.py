"""What inspection says about whole pictures of every kind."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageOps

from chalicelib.domain.errors import Rejected
from chalicelib.imaging.inspect import InspectionLimits, inspect_image
from testing.photos import (
    animated,
    decoded,
    encode,
    photo,
    photo_bmp,
    photo_gif,
    photo_jpeg,
    photo_mpo,
    photo_png,
    photo_tiff,
    photo_webp,
    with_mode,
)

WIDTH, HEIGHT = 330, 250
WHOLE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "baseline JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT)),
    "progressive JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, progressive=True)),
    "JPEG with restart markers": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, restart_marker_rows=1)),
    "gray JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, mode="L")),
    "gray progressive JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, mode="L", progressive=True)),
    "CMYK JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, mode="CMYK")),
    "RGB JPEG": ("JPEG", lambda: photo_jpeg(1, WIDTH, HEIGHT, keep_rgb=True)),
    "multi-picture JPEG": ("JPEG", lambda: photo_mpo(1, WIDTH, HEIGHT)),
    "PNG": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT)),
    "gray PNG": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="L")),
    "bilevel PNG": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="1")),
    "16-bit PNG": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="I;16")),
    "PNG with alpha": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="RGBA")),
    "gray PNG with alpha": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="LA")),
    "palette PNG": ("PNG", lambda: photo_png(1, WIDTH, HEIGHT, mode="P")),
    "WebP": ("WEBP", lambda: photo_webp(1, WIDTH, HEIGHT)),
    "lossless WebP": ("WEBP", lambda: photo_webp(1, WIDTH, HEIGHT, lossless=True)),
    "WebP with alpha": ("WEBP", lambda: encode(with_mode(photo(1, WIDTH, HEIGHT), "RGBA"), "WEBP")),
    "plain TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT)),
    "LZW TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, compression="tiff_lzw")),
    "deflated TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, compression="tiff_adobe_deflate")),
    "JPEG in TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, compression="jpeg")),
    "big TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, big_tiff=True)),
    "16-bit TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, mode="I;16")),
    "CMYK TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, mode="CMYK")),
    "fax TIFF": ("TIFF", lambda: photo_tiff(1, WIDTH, HEIGHT, mode="1", compression="group4")),
    "BMP": ("BMP", lambda: photo_bmp(1, WIDTH, HEIGHT)),
    "palette BMP": ("BMP", lambda: photo_bmp(1, WIDTH, HEIGHT, mode="P")),
    "GIF": ("GIF", lambda: photo_gif(1, WIDTH, HEIGHT)),
}


@pytest.mark.parametrize(("file_format", "make"), WHOLE.values(), ids=WHOLE)
def test_a_whole_picture_is_told_by_its_content(file_format: str, make: Callable[[], bytes]) -> None:
    data = make()
    facts = inspect_image(data)
    assert (facts.format, facts.width, facts.height) == (file_format, WIDTH, HEIGHT)
    assert facts.orientation == 1
    assert facts.suspect is None
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert re.fullmatch("[0-9a-f]{16}", facts.perceptual_hash)


@pytest.mark.parametrize(("file_format", "make"), WHOLE.values(), ids=WHOLE)
def test_a_thumbnail_looks_like_its_picture(file_format: str, make: Callable[[], bytes]) -> None:
    data = make()
    thumbnail = decoded(inspect_image(data).thumbnail)
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (256, 194))
    assert difference(thumbnail, on_white(decoded(data))) < 2


def on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "I;16":
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), layered).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures in levels of 255, once grain and dither are averaged away."""
    small = [picture.convert("RGB").resize((16, 16), Image.Resampling.BOX) for picture in (one, other)]
    levels = [np.asarray(picture, dtype=float) for picture in small]
    return float(np.abs(levels[0] - levels[1]).mean())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [photo_jpeg, photo_png, photo_webp, photo_tiff])
def test_size_is_as_stored_and_the_thumbnail_upright(make: Callable[..., bytes], orientation: int) -> None:
    data = make(2, WIDTH, HEIGHT, orientation=orientation)
    facts = inspect_image(data)
    assert (facts.width, facts.height, facts.orientation) == (WIDTH, HEIGHT, orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    thumbnail = decoded(facts.thumbnail)
    assert thumbnail.size == ((194, 256) if orientation > 4 else (256, 194))
    assert difference(thumbnail, upright) < 2


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_means_upright(orientation: int) -> None:
    assert inspect_image(photo_jpeg(1, orientation=orientation)).orientation == 1


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_broken_exif_loses_no_picture(exif: bytes) -> None:
    assert inspect_image(photo_jpeg(1, exif=exif)).orientation == 1


def test_a_thumbnail_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "a name"
    data = photo_jpeg(1, exif=exif, icc_profile=b"profile" * 20, comment=b"a comment")
    thumbnail = inspect_image(data).thumbnail
    assert not Image.open(io.BytesIO(thumbnail)).getexif()
    for private in (b"Exif", b"a name", b"profile", b"a comment"):
        assert private not in thumbnail


def test_a_small_picture_is_not_enlarged() -> None:
    assert decoded(inspect_image(photo_png(1, 40, 30)).thumbnail).size == (40, 30)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 3000), (3000, 1), (7, 9), (65, 63), (2049, 511)])
@pytest.mark.parametrize("make", [photo_jpeg, photo_png, photo_webp, photo_gif, photo_tiff, photo_bmp])
def test_any_shape_will_do(make: Callable[..., bytes], width: int, height: int) -> None:
    facts = inspect_image(make(3, width, height))
    assert (facts.width, facts.height) == (width, height)
    assert max(decoded(facts.thumbnail).size) == min(256, max(width, height))


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_several_pictures_in_one_file_are_rejected_with_their_number(file_format: str) -> None:
    with pytest.raises(Rejected, match="3 pictures"):
        inspect_image(animated(file_format, 3))


def test_bytes_and_a_view_of_them_give_the_same() -> None:
    data = photo_jpeg(4)
    assert inspect_image(memoryview(data)) == inspect_image(data)


def test_what_follows_a_jpeg_is_none_of_its_business() -> None:
    data = photo_jpeg(4, WIDTH, HEIGHT)
    with_trailer = inspect_image(data + b"PK\x03\x04" + bytes(5000))
    assert with_trailer.suspect is None
    assert with_trailer.thumbnail == inspect_image(data).thumbnail


def test_many_threads_get_what_one_gets() -> None:
    files = [photo_jpeg(seed, 640, 480, progressive=seed % 2 == 0) for seed in range(4)]
    files += [photo_png(seed) for seed in range(4)]
    alone = [inspect_image(data) for data in files]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(inspect_image, files * 5)) == alone * 5


def test_the_limits_are_exact_and_named_in_the_reason() -> None:
    data = photo_png(1, 100, 50)
    assert inspect_image(data, InspectionLimits(max_pixels=5000, max_side=100)).width == 100
    with pytest.raises(Rejected, match=r"100×50 pixels are 0\.0 megapixels"):
        inspect_image(data, InspectionLimits(max_pixels=4999))
    with pytest.raises(Rejected, match="at most 99"):
        inspect_image(data, InspectionLimits(max_side=99))
    with pytest.raises(Rejected, match="of memory"):
        inspect_image(data, InspectionLimits(max_decode_bytes=19_999))
    with pytest.raises(Rejected, match="scans"):
        inspect_image(photo_jpeg(1, progressive=True), InspectionLimits(max_scan_pixels=400_000))
