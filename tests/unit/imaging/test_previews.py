"""What a browser can show of a file that it cannot: a preview, upright and without metadata."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.imaging.inspect import inspect_image
from testing.heif_files import TILE, coded, grid, heif, turned
from testing.photos import (
    decoded,
    photo_bmp,
    photo_gif,
    photo_jpeg,
    photo_png,
    photo_tiff,
    photo_webp,
)


@pytest.mark.parametrize("make", [photo_jpeg, photo_png, photo_webp, photo_bmp, photo_gif])
def test_what_browsers_show_needs_none(make: Callable[..., bytes]) -> None:
    assert inspect_image(make(1, 300, 200)).preview is None


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(300, 200, (300, 200)), (2_100, 700, (2_048, 683)), (5_000, 2_500, (2_048, 1_024))],
)
def test_a_tiff_has_one_of_at_most_2048_pixels(width: int, height: int, shown: tuple[int, int]) -> None:
    preview = inspect_image(photo_tiff(1, width, height)).preview

    assert preview is not None
    assert decoded(preview).size == shown
    assert decoded(preview).format == "JPEG"


@pytest.mark.parametrize("orientation", [3, 6])
def test_it_is_upright_and_without_metadata(orientation: int) -> None:
    preview = inspect_image(photo_tiff(1, 300, 200, orientation=orientation)).preview

    assert preview is not None
    assert decoded(preview).size == ((200, 300) if orientation == 6 else (300, 200))
    assert not decoded(preview).getexif()


def test_a_heic_has_one_turned_as_the_file_says() -> None:
    preview = inspect_image(heif(coded("8-bit", turned(1)))).preview

    assert preview is not None
    assert decoded(preview).size == (120, 160)


def test_a_preview_changes_neither_hash_nor_thumbnail() -> None:
    tiff, png = inspect_image(photo_tiff(3, 4_000, 1_500)), inspect_image(photo_png(3, 4_000, 1_500))

    assert tiff.perceptual_hash == png.perceptual_hash
    assert decoded(tiff.thumbnail).size == decoded(png.thumbnail).size


def test_a_heic_larger_than_a_preview_is_made_smaller() -> None:
    large = heif(grid(30, 20, 2), *[coded("tile", at=(TILE, TILE))] * 600)
    preview = inspect_image(large).preview

    assert preview is not None
    assert max(decoded(preview).size) == 30 * TILE
