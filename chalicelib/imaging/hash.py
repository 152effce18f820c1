"""The 64-bit DCT hash of `imagehash.phash`, without the 140 MB of scipy that it needs."""

from __future__ import annotations

import imagehash
import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Rows and columns of the gray picture that is hashed: four times the hash's own eight."""
_HASH_SIDE = 8

_FREQUENCIES = np.arange(_HASH_SIDE)[:, np.newaxis]
_SAMPLES = np.arange(SIDE)[np.newaxis, :]
_DCT: NDArray[np.float64] = 2 * np.cos(np.pi * _FREQUENCIES * (2 * _SAMPLES + 1) / (2 * SIDE))

# Where a coefficient is zero by symmetry (flat and mirrored pictures), what floating point leaves
# there would decide the bit; real coefficients of 8-bit pixels are far above this.
_DECIMALS = 6


def perceptual_hash(gray: NDArray[np.uint8]) -> str:
    """The perceptual hash of a picture.

    The lowest 8×8 frequencies of an unnormalised two-dimensional DCT-II, one bit each: set where
    the coefficient lies above the median of all 64 (`imagehash.phash`, after Krawetz, "Looks Like
    It", 2011; the DCT as `scipy.fftpack.dct` defines type II).

    Args:
        gray: 32×32 samples of 8 bit, row by row; the upright picture, squeezed into a square.

    Returns:
        16 hexadecimal digits, as `str(imagehash.phash(…))` writes them.
    """
    coefficients = np.round(_DCT @ gray.astype(np.float64) @ _DCT.T, _DECIMALS)
    return str(imagehash.ImageHash(coefficients > np.median(coefficients)))
