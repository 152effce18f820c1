"""Damaged files: found at least as well as by Pillow's full decode, and in JPEG's middle far better."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chalicelib.domain.errors import Rejected
from chalicelib.imaging.inspect import inspect_image
from testing.photos import (
    decoded,
    photo_bmp,
    photo_gif,
    photo_jpeg,
    photo_mpo,
    photo_png,
    photo_tiff,
    photo_webp,
)

WIDTH, HEIGHT = 330, 250
FILES: dict[str, Callable[[], bytes]] = {
    "baseline JPEG": lambda: photo_jpeg(1, WIDTH, HEIGHT),
    "large JPEG": lambda: photo_jpeg(1, 1030, 770),
    "JPEG with restart markers": lambda: photo_jpeg(1, WIDTH, HEIGHT, restart_marker_rows=2),
    "progressive JPEG": lambda: photo_jpeg(1, WIDTH, HEIGHT, progressive=True),
    "CMYK JPEG": lambda: photo_jpeg(1, WIDTH, HEIGHT, mode="CMYK"),
    "PNG": lambda: photo_png(1, WIDTH, HEIGHT),
    "WebP": lambda: photo_webp(1, WIDTH, HEIGHT),
    "plain TIFF": lambda: photo_tiff(1, WIDTH, HEIGHT),
    "LZW TIFF": lambda: photo_tiff(1, WIDTH, HEIGHT, compression="tiff_lzw"),
    "BMP": lambda: photo_bmp(1, WIDTH, HEIGHT),
    "GIF": lambda: photo_gif(1, WIDTH, HEIGHT),
}
JPEGS = ("baseline JPEG", "large JPEG", "progressive JPEG")
every_format = pytest.mark.parametrize("make", FILES.values(), ids=FILES)
every_jpeg = pytest.mark.parametrize("make", [FILES[name] for name in JPEGS], ids=JPEGS)


def is_found(data: bytes) -> bool:
    """Whether inspection rejects or at least doubts it."""
    try:
        return inspect_image(data).suspect is not None
    except Rejected:
        return True


def is_rejected(data: bytes) -> bool:
    try:
        inspect_image(data)
    except Rejected:
        return True
    return False


def is_rejected_by_pillow(data: bytes) -> bool:
    try:
        decoded(data)
    except (OSError, SyntaxError, ValueError, IndexError):
        return True
    return False


@every_format
def test_a_file_cut_anywhere_is_rejected(make: Callable[[], bytes]) -> None:
    data = make()
    ends = [len(data) * tenth // 10 for tenth in range(1, 10)]
    ends += [1, 2, 3, 10, 20, 30, 100, len(data) - 100, len(data) - 20]
    assert [end for end in ends if not is_rejected(data[:end])] == []


@every_format
def test_not_even_the_last_byte_can_be_missing_unseen(make: Callable[[], bytes]) -> None:
    data = make()
    missed = [cut for cut in range(1, 11) if not is_found(data[:-cut])]
    assert missed == []


def test_a_multi_picture_jpeg_needs_its_first_picture_whole() -> None:
    data = photo_mpo(1, WIDTH, HEIGHT)
    first_end = data.index(b"\xff\xd9\xff\xd8", 1000) + 2
    assert not is_found(data[:first_end])
    assert not is_found(data[: first_end + 500])
    assert is_rejected(data[: first_end - 20])


@every_format
def test_whatever_pillow_rejects_is_found(make: Callable[[], bytes]) -> None:
    data = make()
    random = np.random.default_rng(7)
    for _ in range(25):
        damaged = bytearray(data)
        place = int(random.integers(0, len(data)))
        damaged[place : place + 8] = random.bytes(len(damaged[place : place + 8]))
        assert is_found(bytes(damaged)) or not is_rejected_by_pillow(bytes(damaged))


@every_jpeg
@pytest.mark.parametrize("length", [1024, 4096])
def test_a_zeroed_run_in_a_jpeg_is_found_where_pillow_finds_none(
    make: Callable[[], bytes], length: int
) -> None:
    data = make()
    start = data.index(b"\xff\xda") + 20
    found = by_pillow = 0
    places = np.linspace(start, len(data) - length - 2, 12).astype(int).tolist()
    for place in places:
        damaged = data[:place] + bytes(length) + data[place + length :]
        found += is_found(damaged)
        by_pillow += is_rejected_by_pillow(damaged)
    # a strict libjpeg itself passes over a few of them
    assert found >= 9
    assert by_pillow == 0


@pytest.mark.parametrize("make", [FILES[name] for name in JPEGS[:2]], ids=JPEGS[:2])
def test_a_missing_block_in_a_baseline_jpeg_is_found_where_pillow_finds_none(
    make: Callable[[], bytes],
) -> None:
    data = make()
    start = data.index(b"\xff\xda") + 20
    places = np.linspace(start, len(data) - 1026, 12).astype(int).tolist()
    damaged = [data[:place] + data[place + 1024 :] for place in places]
    found = sum(map(is_found, damaged))
    assert found >= 11
    assert sum(map(is_rejected_by_pillow, damaged)) < found


@every_jpeg
def test_random_bytes_and_flipped_bits_in_a_jpeg_are_found_no_worse_than_by_pillow(
    make: Callable[[], bytes],
) -> None:
    data = make()
    start = data.index(b"\xff\xda") + 20
    random = np.random.default_rng(11)
    found = by_pillow = 0
    for number in range(40):
        damaged = bytearray(data)
        place = int(random.integers(start, len(data) - 66))
        if number % 2:
            damaged[place] ^= 1 << int(random.integers(8))
        else:
            damaged[place : place + 64] = random.bytes(64)
        found += is_found(bytes(damaged))
        by_pillow += is_rejected_by_pillow(bytes(damaged))
    assert found >= by_pillow


def test_a_doubted_file_is_kept_with_the_doubt_in_words() -> None:
    data = photo_jpeg(1, WIDTH, HEIGHT)
    middle = len(data) // 2
    facts = inspect_image(data[:middle] + data[middle + 1024 :])
    assert facts.suspect is not None
    assert "premature end" in facts.suspect
    assert (facts.width, facts.height) == (WIDTH, HEIGHT)
