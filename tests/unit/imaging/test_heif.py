"""HEIC and AVIF: what phones write is taken in as phones show it, and nothing in it costs too much."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.inspect import InspectionLimits, inspect_image
from testing.heif_files import (
    ALPHA,
    DEPTH,
    GAIN_MAP,
    HEIGHT,
    TILE,
    WIDTH,
    Item,
    auxiliary,
    box,
    coded,
    exif_of_orientation,
    grid,
    group,
    heif,
    mirrored,
    size,
    turned,
)
from testing.photos import animated, decoded, encode, photo, photo_png, with_mode

from .test_inspection_hostile import CHANGE, change, outcome

PHOTO = photo(1, WIDTH, HEIGHT)


def avif(picture: Image.Image = PHOTO, **options: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, "AVIF", speed=9, quality=80, **options)
    return written.getvalue()


def looks_like(thumbnail: bytes, picture: Image.Image) -> bool:
    expected = picture.convert("RGB").resize((16, 12), Image.Resampling.BOX)
    small = decoded(thumbnail).convert("RGB").resize((16, 12), Image.Resampling.BOX)
    return float(np.abs(np.asarray(small, dtype=float) - np.asarray(expected, dtype=float)).mean()) < 4


PICTURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "8 bits": ("HEIC", lambda: heif(coded())),
    "10 bits": ("HEIC", lambda: heif(coded("10-bit"))),
    "12 bits": ("HEIC", lambda: heif(coded("12-bit"))),
    "HEIC by the general brand": ("HEIC", lambda: heif(coded(), brand=b"mif1")),
    "AVIF": ("AVIF", avif),
    "AVIF by the general brand": ("AVIF", lambda: avif().replace(b"ftypavif", b"ftypmif1", 1)),
    "AVIF of all colours": ("AVIF", lambda: avif(subsampling="4:4:4")),
}


@pytest.mark.parametrize(("file_format", "make"), PICTURES.values(), ids=PICTURES)
def test_it_is_the_picture_of_any_depth(file_format: str, make: Callable[[], bytes]) -> None:
    facts = inspect_image(make())

    assert (facts.format, facts.width, facts.height, facts.orientation) == (file_format, WIDTH, HEIGHT, 1)
    assert looks_like(facts.thumbnail, PHOTO)
    distance = int(facts.perceptual_hash, 16) ^ int(
        inspect_image(photo_png(1, WIDTH, HEIGHT)).perceptual_hash, 16
    )
    assert distance.bit_count() <= 2


def test_gray_is_taken() -> None:
    assert looks_like(inspect_image(heif(coded("gray"))).thumbnail, PHOTO.convert("L"))


def test_what_is_transparent_is_shown_on_white() -> None:
    faded = with_mode(PHOTO, "RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", faded.size, "white"), faded)

    assert looks_like(inspect_image(heif(coded(), auxiliary(ALPHA, 1, "alpha"))).thumbnail, on_white)
    assert looks_like(inspect_image(avif(faded)).thumbnail, on_white)


TURNS = {
    "as it is": ([], PHOTO),
    "a quarter": ([turned(1)], PHOTO.transpose(Image.Transpose.ROTATE_90)),
    "half": ([turned(2)], PHOTO.transpose(Image.Transpose.ROTATE_180)),
    "three quarters": ([turned(3)], PHOTO.transpose(Image.Transpose.ROTATE_270)),
    "mirrored": ([mirrored(1)], PHOTO.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "upside down": ([mirrored(0)], PHOTO.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
    "turned and mirrored": (
        [turned(1), mirrored(1)],
        PHOTO.transpose(Image.Transpose.ROTATE_90).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    ),
}


@pytest.mark.parametrize("orientation", [1, 6, 3])
@pytest.mark.parametrize(("properties", "shown"), TURNS.values(), ids=TURNS)
def test_a_heic_is_turned_once_whatever_its_exif_says(
    properties: list[bytes], shown: Image.Image, orientation: int
) -> None:
    facts = inspect_image(heif(coded("8-bit", *properties), exif_of_orientation(orientation)))

    assert (facts.width, facts.height, facts.orientation) == (*shown.size, 1)
    assert looks_like(facts.thumbnail, shown)
    assert decoded(facts.thumbnail).size == shown.size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_is_turned_as_the_file_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation  # Pillow writes irot and imir for it
    facts = inspect_image(avif(exif=exif))
    plain = Image.open(io.BytesIO(encode(PHOTO, "PNG", orientation=orientation)))
    shown = ImageOps.exif_transpose(plain)
    assert (facts.width, facts.height, facts.orientation) == (*shown.size, 1)
    assert looks_like(facts.thumbnail, shown)


ONE_PICTURE: dict[str, Callable[[], bytes]] = {
    "thumbnail": lambda: heif(coded(), replace(coded("gray"), refers=[(b"thmb", [1])])),
    "depth map": lambda: heif(coded(), auxiliary(DEPTH, 1)),
    "gain map": lambda: heif(coded(), auxiliary(GAIN_MAP, 1)),
    "gain map as a derived picture": lambda: heif(
        coded(),
        replace(coded("gray"), hidden=True),
        Item(b"tmap", bytes(60), [size(WIDTH, HEIGHT)], [(b"dimg", [1, 2])]),
        groups=(group(b"altr", 3, 1),),
    ),
    "hidden picture": lambda: heif(coded(), replace(coded("gray"), hidden=True)),
    "other half of a stereo pair": lambda: heif(coded(), coded("10-bit"), groups=(group(b"ster", 1, 2),)),
    "grid": lambda: heif(grid(3, 2, 2), *[replace(coded("tile", at=(TILE, TILE)), hidden=True)] * 6),
    "grid of tiles that are not hidden": lambda: heif(grid(3, 2, 2), *[coded("tile", at=(TILE, TILE))] * 6),
    "broken EXIF": lambda: heif(coded(), Item(b"Exif", b"\xff" * 9, refers=[(b"cdsc", [1])])),
    "large XMP": lambda: heif(coded(), Item(b"mime", b"x" * 3_000_000, refers=[(b"cdsc", [1])])),
    "bytes behind the end": lambda: heif(coded(), behind=b"<html>" * 1_000),
    "boxes of others": lambda: heif(coded(), behind=box(b"mpvd", bytes(5_000)) + box(b"free", b"")),
}


@pytest.mark.parametrize("make", ONE_PICTURE.values(), ids=ONE_PICTURE)
def test_what_belongs_to_a_picture_makes_it_no_collection(make: Callable[[], bytes]) -> None:
    facts = inspect_image(make())

    assert facts.format == "HEIC"
    assert (facts.width, facts.height) in [(WIDTH, HEIGHT), (3 * TILE, 2 * TILE)]


def test_an_avif_is_not_refused_for_its_exif_or_xmp() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    whole = avif(exif=exif, xmp=b"x" * 3_000_000)
    broken = whole.replace(exif.tobytes()[6:14], b"\xff" * 8)

    assert broken != whole
    assert inspect_image(broken).perceptual_hash == inspect_image(avif()).perceptual_hash


SEVERAL: dict[str, tuple[str, Callable[[], bytes]]] = {
    "collection": ("2 pictures", lambda: heif(coded(), coded("10-bit"))),
    "burst": ("2 pictures", lambda: heif(coded(), coded("10-bit"), groups=(group(b"brst", 1, 2),))),
    "sequence": ("sequence", lambda: heif(coded(), brand=b"hevc", behind=box(b"moov", bytes(100)))),
    "animated AVIF": ("sequence", lambda: animated("AVIF", 3)),
}


@pytest.mark.parametrize(("reason", "make"), SEVERAL.values(), ids=SEVERAL)
def test_sequences_and_collections_are_rejected_as_such(reason: str, make: Callable[[], bytes]) -> None:
    with pytest.raises(Rejected, match=reason) as caught:
        inspect_image(make())
    assert caught.value.kind is RejectionKind.SEVERAL_PICTURES


WHOLE: dict[str, bytes] = {
    "HEIC": heif(coded()),
    "grid": heif(grid(3, 2, 2), *[coded("tile", at=(TILE, TILE))] * 6),
    "AVIF": avif(),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_is_rejected(name: str) -> None:
    data = WHOLE[name]
    ends = [len(data) * tenth // 10 for tenth in range(1, 10)] + [13, 30, 100, len(data) - 20, len(data) - 1]
    for end in ends:
        with pytest.raises(Rejected) as caught:
            inspect_image(data[:end])
        assert caught.value.kind in (RejectionKind.DAMAGED, RejectionKind.NOT_AN_IMAGE), end


def declared(width: int, height: int) -> bytes:
    return heif(coded(at=(width, height)))


BOMBS: dict[str, tuple[RejectionKind, Callable[[], bytes]]] = {
    "4 gigapixels": (RejectionKind.TOO_MANY_PIXELS, lambda: declared(65_535, 65_535)),
    "100 megapixels": (RejectionKind.TOO_COSTLY, lambda: declared(10_000, 10_000)),
    "coded larger than declared": (RejectionKind.DAMAGED, lambda: declared(8, 8)),
    "grid of 4 gigapixels": (
        RejectionKind.TOO_MANY_PIXELS,
        lambda: heif(grid(9, 9, 2, (65_000, 65_000))),
    ),
    "grid whose tiles are far larger": (
        RejectionKind.TOO_COSTLY,
        lambda: heif(grid(3, 2, 2), *[coded("tile", at=(11_000, 11_000))] * 6),
    ),
    "1,500 items": (
        RejectionKind.TOO_COSTLY,
        lambda: heif(coded(), *[Item(b"mime", b"", []) for _ in range(1_500)]),
    ),
    "primary that is not there": (RejectionKind.DAMAGED, lambda: heif(coded(), primary=9)),
    "grid of itself": (RejectionKind.UNSUPPORTED_PICTURE, lambda: heif(grid(1, 1, 1))),
    "bytes from beyond": (RejectionKind.DAMAGED, lambda: heif(coded())[:-8_000]),
    "JPEG inside": (
        RejectionKind.UNSUPPORTED_PICTURE,
        lambda: heif(Item(b"jpeg", b"\xff\xd8\xff", [size(WIDTH, HEIGHT)])),
    ),
    "AVIF of 4 gigapixels": (
        RejectionKind.TOO_MANY_PIXELS,
        lambda: avif().replace(struct.pack(">II", WIDTH, HEIGHT), struct.pack(">II", 65_535, 65_535)),
    ),
    "AVIF coded larger than declared": (
        RejectionKind.DAMAGED,
        lambda: avif(photo(1, 640, 480)).replace(struct.pack(">II", 640, 480), struct.pack(">II", 8, 8)),
    ),
}


@pytest.mark.parametrize(("kind", "make"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_rejected_before_a_pixel_is_decoded(kind: RejectionKind, make: Callable[[], bytes]) -> None:
    data = make()
    began = time.process_time()
    with pytest.raises(Rejected) as caught:
        inspect_image(data)
    assert caught.value.kind is kind
    assert time.process_time() - began < 1


def test_the_limits_hold_for_heif_too() -> None:
    with pytest.raises(Rejected, match="of memory"):
        inspect_image(WHOLE["HEIC"], InspectionLimits(max_decode_bytes=WIDTH * HEIGHT * 14 - 1))
    with pytest.raises(Rejected, match="at most 159"):
        inspect_image(WHOLE["AVIF"], InspectionLimits(max_side=159))


MEASURE = """
import json
from pathlib import Path
from chalicelib.imaging.inspect import inspect_image
from testing.heif_files import HEIGHT, WIDTH, coded, grid, heif
def resident(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))
tile = coded("10-bit")
inspect_image(heif(tile))
data = heif(grid(30, 30, 2, (30 * WIDTH, 30 * HEIGHT)), *[tile] * 30 * 30)
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS:")
inspect_image(data)
print(json.dumps((resident("VmHWM:") - before) / (30 * 30 * WIDTH * HEIGHT)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_pixel_takes_no_more_memory_than_the_limit_counts() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    assert float(json.loads(done.stdout)) < 10.25


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(WHOLE.values())), st.lists(CHANGE, min_size=1, max_size=6))
def test_mutated_files_end_in_facts_or_in_a_reason(
    data: bytes, changes: list[tuple[str, float, int]]
) -> None:
    for how, where, value in changes:
        data = change(data, how, where, value)
    assert outcome(data)
