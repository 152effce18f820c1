"""No picture is refused, or seen otherwise, for what is not its pixels; and nothing of that costs memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.inspect import inspect_image
from testing.photos import decoded, photo_jpeg, photo_png

from . import metadata
from .metadata import HEIGHT, WIDTH, pictures, plain

PICTURES = {f"{file_format}: {kind}": (file_format, data) for file_format, kind, data in pictures()}
WITHOUT_END = {name for name in PICTURES if "end marker" in name or "cut off" in name}


def hash_of(file_format: str) -> str:
    bare = metadata._tiff_tags() if file_format == "TIFF" else plain(file_format)
    return inspect_image(bare).perceptual_hash


@pytest.mark.parametrize("name", PICTURES)
def test_what_stands_beside_the_pixels_changes_nothing(name: str) -> None:
    file_format, data = PICTURES[name]
    facts = inspect_image(data)

    assert (facts.format.upper(), facts.width, facts.height) == (file_format.upper(), WIDTH, HEIGHT)
    if "CMYK" not in name and "scans" not in name and "bytes behind" not in name:
        assert facts.perceptual_hash == hash_of(file_format)
    assert facts.orientation == 1


@pytest.mark.parametrize("name", sorted(PICTURES.keys() - WITHOUT_END))
def test_a_whole_picture_is_not_doubted_for_it(name: str) -> None:
    doubt = inspect_image(PICTURES[name][1]).suspect

    assert doubt is None or "stray bytes" in doubt or "directory" in doubt


@pytest.mark.parametrize("name", sorted(name for name in WITHOUT_END if "text" not in name or "PNG" in name))
def test_a_file_without_its_end_is_kept_and_marked(name: str) -> None:
    assert inspect_image(PICTURES[name][1]).suspect


MEASURE = """
import json
from pathlib import Path
from chalicelib.imaging.inspect import inspect_image
from tests.unit.imaging.metadata import pictures, plain
def resident(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))
made = list(pictures())
for name in ("JPEG", "PNG", "GIF", "WebP", "TIFF"):
    inspect_image(plain(name))
costs = {}
for file_format, kind, data in made:
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS:")
    inspect_image(data)
    costs[f"{file_format}: {kind}"] = resident("VmHWM:") - before
print(json.dumps(costs))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_stands_beside_the_pixels_costs_no_memory() -> None:
    # large blocks go back to the system at once, so that none hides in what others left
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, env=environment
    )
    costs: dict[str, float] = json.loads(done.stdout)

    assert len(costs) == len(PICTURES)
    assert {name: cost for name, cost in costs.items() if cost > 3} == {}


@pytest.mark.parametrize("missing", [4, 40, 400])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_which_pixels_are_missing_is_cut_off_with_or_without_padding(
    missing: int, progressive: bool
) -> None:
    cut = photo_jpeg(1, WIDTH, HEIGHT, progressive=progressive)[: -2 - missing]

    with pytest.raises(Rejected, match="cut off") as caught:
        inspect_image(cut)
    assert caught.value.kind is RejectionKind.DAMAGED


def test_a_progressive_jpeg_that_ends_between_two_scans_is_cut_off() -> None:
    data = photo_jpeg(1, WIDTH, HEIGHT, progressive=True)

    with pytest.raises(Rejected, match="cut off"):
        inspect_image(data[: data.rindex(b"\xff\xda")])


@pytest.mark.parametrize(
    "second",
    [
        metadata._preview(160, 120),
        metadata._preview(120, 160),
        metadata._preview(100, 75),
        metadata._preview(40, 30, (254, 4, 1, 2)),
    ],
    ids=["as large", "turned", "somewhat smaller", "marked as a page"],
)
def test_a_second_page_of_a_tiff_is_no_preview(second: bytes) -> None:
    with pytest.raises(Rejected, match="2 pictures"):
        inspect_image(metadata._tiff_tags(following=second))


def test_a_tiff_that_begins_with_its_preview_is_the_picture_behind_it() -> None:
    rows = [*metadata._picture_rows(40, 30, 8), (254, 4, 1, 1)]
    pixels = b"II*\0" + bytes(4) + metadata._pixels(WIDTH, HEIGHT)
    at = len(pixels)
    main = metadata._directory(metadata._picture_rows(WIDTH, HEIGHT, 8), 0)
    data = bytearray(pixels + metadata._directory(rows, at + 2 + 12 * len(rows) + 4) + main)
    data[4:8] = at.to_bytes(4, "little")

    facts = inspect_image(bytes(data))

    assert (facts.width, facts.height) == (WIDTH, HEIGHT)
    assert facts.perceptual_hash == hash_of("TIFF")


def test_a_transparency_that_is_whole_still_counts() -> None:
    photo = photo_png(1, WIDTH, HEIGHT, mode="P")
    pixels = photo.index(b"IDAT") - 4
    data = photo[:pixels] + metadata._chunk(b"tRNS", bytes(64)) + photo[pixels:]

    thumbnail = decoded(inspect_image(data).thumbnail)
    assert min(thumbnail.convert("L").get_flattened_data()) == 255


def test_no_librarys_words_reach_the_uploader() -> None:
    broken = [plain(name)[:200] for name in ("PNG", "JPEG", "WebP", "TIFF", "GIF", "BMP")]
    broken += [plain(name).replace(plain(name)[600:900], bytes(300)) for name in ("PNG",)]
    for data in broken:
        with pytest.raises(Rejected) as caught:
            inspect_image(data)
        words = str(caught.value)
        cause = str(caught.value.__cause__ or "no cause")
        assert cause not in words
        assert "cut off" in words or "damaged" in words
