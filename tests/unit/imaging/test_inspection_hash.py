"""The hash of the small picture against `imagehash.phash` of the whole one."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from chalicelib.imaging.inspect import inspect_image
from testing.photos import photo_bmp, photo_gif, photo_jpeg, photo_png, photo_tiff, photo_webp

SIZES = [(800, 600), (480, 640), (1024, 681), (700, 525), (333, 251)]


def reference(data: bytes) -> imagehash.ImageHash:
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if upright.mode.startswith("I;16"):
        # imagehash's own conversion to gray clips 16-bit samples
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    return imagehash.phash(upright)


def bits_apart(data: bytes) -> int:
    return int(reference(data) - imagehash.hex_to_hash(inspect_image(data).perceptual_hash))


def photos() -> Iterator[bytes]:
    for seed in range(40):
        size = SIZES[seed % len(SIZES)]
        orientation = 1 + seed % 8
        yield photo_jpeg(seed, *size, orientation=orientation, progressive=seed % 4 == 0)
    for seed in range(8):
        orientation = 1 + seed % 8
        yield photo_png(seed, 512, 384, orientation=orientation)
        yield photo_webp(seed, 512, 384, orientation=orientation)
        yield photo_tiff(seed, 512, 384, orientation=orientation)
    for mode in ("L", "LA", "RGBA", "P", "1", "I;16"):
        yield photo_png(1, 700, 525, mode=mode)
    for mode in ("L", "CMYK"):
        yield photo_jpeg(2, 640, 480, mode=mode)
    yield photo_gif(3, 700, 525)
    yield photo_bmp(4, 700, 525)


def test_photos_hash_as_by_imagehash_at_most_two_bits_apart_and_most_alike() -> None:
    distances = Counter(bits_apart(data) for data in photos())
    assert distances.total() >= 60
    assert max(distances) <= 2
    assert distances[0] >= 0.9 * distances.total()


@pytest.mark.parametrize("width", [512, 513, 519, 520, 2047, 2049])
def test_sizes_that_no_block_divides_are_hashed_to_their_edge(width: int) -> None:
    assert bits_apart(photo_jpeg(5, width, width - 3)) <= 2


def test_turned_files_of_one_scene_hash_alike_once_upright() -> None:
    scene = photo_png(6, 512, 512)
    picture = Image.open(io.BytesIO(scene))
    undone = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    expected = inspect_image(scene).perceptual_hash
    for orientation, turn in undone.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        written = io.BytesIO()
        picture.transpose(turn).save(written, "PNG", exif=exif)
        assert inspect_image(written.getvalue()).perceptual_hash == expected
