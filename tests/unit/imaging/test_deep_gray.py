"""Gray of fewer bits in 16, as industrial cameras and X-ray detectors write it: seen as it is meant."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from chalicelib.imaging.inspect import inspect_image
from testing.photos import decoded, encode, photo

PHOTO = np.asarray(photo(1, 640, 480).convert("L")).astype(np.uint16)


def gray_of(bits: int, file_format: str) -> bytes:
    """The photo in the lowest bits of 16, from black to the brightest of its depth."""
    samples = PHOTO.copy()
    samples[0, :2] = 0, 255
    return encode(Image.fromarray(samples << (bits - 8)), file_format)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_the_thumbnail_and_the_hash_are_those_of_the_same_picture_in_8_bits(
    bits: int, file_format: str
) -> None:
    plain = inspect_image(encode(Image.fromarray(PHOTO.astype(np.uint8)), "PNG"))
    deep = inspect_image(gray_of(bits, file_format))

    assert deep.perceptual_hash == plain.perceptual_hash
    levels = [np.asarray(decoded(facts.thumbnail).convert("L"), dtype=float) for facts in (deep, plain)]
    assert np.abs(levels[0] - levels[1]).mean() < 1


def test_a_darker_exposure_of_one_camera_stays_darker() -> None:
    bright = (PHOTO << 4) | 15
    dark = bright // 3
    dark[0, 0] = 2048  # still needs its 12 bits
    files = [encode(Image.fromarray(samples), "PNG") for samples in (bright, dark)]
    thumbnails = [decoded(inspect_image(data).thumbnail).convert("L") for data in files]
    shown = [np.asarray(thumbnail).mean() for thumbnail in thumbnails]
    assert shown[1] == pytest.approx(shown[0] / 3, abs=2)


def test_a_black_picture_stays_black() -> None:
    black = encode(Image.fromarray(np.zeros((50, 60), np.uint16)), "PNG")
    assert np.asarray(decoded(inspect_image(black).thumbnail)).max() == 0
