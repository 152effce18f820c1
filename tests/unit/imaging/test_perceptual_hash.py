from __future__ import annotations

import subprocess
import sys

import imagehash
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from chalicelib.imaging.hash import SIDE, perceptual_hash

Gray = NDArray[np.uint8]


def reference(gray: Gray) -> str:
    return str(imagehash.phash(Image.fromarray(gray)))


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_the_hash_that_imagehash_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(100):
        gray = random.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        assert perceptual_hash(gray) == reference(gray)


@pytest.mark.parametrize("level", [0, 1, 77, 128, 255])
def test_flat_pictures_of_any_level_but_black_have_one_hash(level: int) -> None:
    expected = "0" * 16 if level == 0 else "8" + "0" * 15
    assert perceptual_hash(np.full((SIDE, SIDE), level, np.uint8)) == expected


def test_symmetric_pictures_do_not_hash_to_rounding_noise() -> None:
    """One level more in brightness changes no bit, as it does where noise decides."""
    gradient = np.add.outer(np.arange(SIDE), np.zeros(SIDE, int))
    mirrored = np.minimum(gradient, gradient[::-1]) * 8
    hashes = {perceptual_hash((mirrored + level).astype(np.uint8)) for level in range(8)}
    assert len(hashes) == 1


def test_a_hash_is_16_hexadecimal_digits() -> None:
    digits = perceptual_hash(np.eye(SIDE, dtype=np.uint8) * 255)
    assert len(digits) == 16
    assert int(digits, 16) >= 0


def test_neither_scipy_nor_pywavelets_is_imported() -> None:
    program = (
        "import sys, numpy; from chalicelib.imaging.hash import perceptual_hash;"
        "perceptual_hash(numpy.zeros((32, 32), numpy.uint8));"
        "sys.exit(any(name in sys.modules for name in ('scipy', 'pywt')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
