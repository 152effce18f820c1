"""Files made to harm: each ends in facts or in a reason, soon and in little memory."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import Rejected
from chalicelib.imaging.inspect import inspect_image
from testing.photos import (
    animated,
    encode,
    photo,
    photo_bmp,
    photo_gif,
    photo_jpeg,
    photo_mpo,
    photo_png,
    photo_tiff,
    photo_webp,
)
from tests.bombs import harmless_bombs, rejected_bombs

REJECTED = rejected_bombs()
HARMLESS = harmless_bombs()
OTHER_FORMATS = {
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "HTML or XML": b"<!DOCTYPE html><html></html>",
    "video": b"\0\0\0\x18ftypisom\0\0\0\0",
    "Canon raw": b"II*\0\x10\0\0\0CR\x02\0",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "JPEG XL": b"\xff\x0a" + bytes(20),
    "PDF": b"%PDF-1.7\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "Photoshop": b"8BPS\0\1" + bytes(20),
    "icon": b"\0\0\1\0\1\0" + bytes(20),
    "PNM": b"P6 2 2 255\n" + bytes(12),
    "ZIP": b"PK\x03\x04" + bytes(20),
}


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_a_format_that_is_not_taken_is_named(name: str) -> None:
    with pytest.raises(Rejected, match=f"{name} files are not supported"):
        inspect_image(OTHER_FORMATS[name])


def test_nothing_and_no_image_are_told_apart() -> None:
    with pytest.raises(Rejected, match="the file is empty"):
        inspect_image(b"")
    with pytest.raises(Rejected, match="not an image"):
        inspect_image(b"just some text")


@pytest.mark.parametrize("mode", ["I", "F", "LAB"])
def test_pixels_of_no_agreed_look_are_rejected(mode: str) -> None:
    picture = photo(1, 40, 30).convert("L").convert(mode) if mode != "LAB" else photo(1, 40, 30)
    if mode == "LAB":
        data = encode(picture, "TIFF", tiffinfo={262: 8})
        data = data.replace(struct.pack("<HHII", 262, 3, 1, 2), struct.pack("<HHII", 262, 3, 1, 8))
    else:
        data = encode(picture, "TIFF")
    with pytest.raises(Rejected, match="not supported"):
        inspect_image(data)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [(b"\xff\xc3", "lossless"), (b"\xff\xc5", "hierarchical")],
    ids=["lossless", "hierarchical"],
)
def test_rare_kinds_of_jpeg_are_named(frame: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        inspect_image(photo_jpeg(1).replace(b"\xff\xc0", frame, 1))


def test_a_jpeg_of_12_bits_is_named() -> None:
    data = photo_jpeg(1)
    with pytest.raises(Rejected, match="12 bits"):
        inspect_image(data.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x0c", 1))


@pytest.mark.parametrize("name", REJECTED)
def test_a_bomb_is_rejected(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        inspect_image(REJECTED[name])
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_picture_hides_does_not_keep_it_out(name: str) -> None:
    assert inspect_image(HARMLESS[name]).width > 0


MEASURE = """
import json, time
from pathlib import Path
from chalicelib.domain.errors import Rejected
from chalicelib.imaging.inspect import inspect_image
from tests.bombs import harmless_bombs, rejected_bombs
from testing.photos import photo_jpeg

def resident(line):
    return int(Path('/proc/self/status').read_text().split(line)[1].split()[0]) / 1024

inspect_image(photo_jpeg(1))
costs = {}
for name, data in (rejected_bombs() | harmless_bombs()).items():
    Path('/proc/self/clear_refs').write_text('5')
    before, started = resident('VmRSS:'), time.process_time()
    try:
        inspect_image(data)
    except Rejected:
        pass
    costs[name] = (resident('VmHWM:') - before, time.process_time() - started)
print(json.dumps(costs))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_bomb_takes_40_megabytes_or_two_seconds() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    costs: dict[str, tuple[float, float]] = json.loads(done.stdout)
    assert len(costs) == len(REJECTED) + len(HARMLESS)
    assert {name: cost for name, cost in costs.items() if cost[0] > 40 or cost[1] > 2} == {}


SEEDS: list[Callable[[], bytes]] = [
    lambda: photo_jpeg(1, 40, 28, orientation=6),
    lambda: photo_jpeg(1, 40, 28, progressive=True),
    lambda: photo_jpeg(1, 40, 28, mode="CMYK"),
    lambda: photo_jpeg(1, 40, 28, restart_marker_rows=1),
    lambda: photo_mpo(1, 40, 28),
    lambda: photo_png(1, 40, 28, orientation=3),
    lambda: photo_png(1, 40, 28, mode="P"),
    lambda: photo_png(1, 40, 28, mode="I;16"),
    lambda: photo_webp(1, 40, 28, orientation=5),
    lambda: photo_webp(1, 40, 28, lossless=True),
    lambda: photo_tiff(1, 40, 28, orientation=7),
    lambda: photo_tiff(1, 40, 28, compression="tiff_adobe_deflate"),
    lambda: photo_bmp(1, 40, 28),
    lambda: photo_bmp(1, 40, 28, mode="P"),
    lambda: photo_gif(1, 40, 28),
    lambda: animated("PNG", 2, width=20, height=16),
    lambda: animated("WEBP", 2, width=20, height=16),
]
CORPUS = [make() for make in SEEDS]
PLACE = st.floats(0, 1, exclude_max=True)
# Headers decide most, so most changes go there.
CHANGE = st.tuples(
    st.sampled_from(["set", "set", "flip", "zero", "cut out", "repeat", "end"]),
    st.one_of(PLACE.map(lambda place: place / 10), PLACE),
    st.integers(0, 255),
)


def change(data: bytes, how: str, where: float, value: int) -> bytes:
    place = int(where * len(data))
    before, after = data[:place], data[place:]
    return {
        "set": before + bytes([value]) + after[1:],
        "flip": before + bytes([(after[0] if after else 0) ^ 1 << value % 8]) + after[1:],
        "zero": before + bytes(min(len(after), value)) + after[value:],
        "cut out": before + after[value:],
        "repeat": before + after[:value] + after,
        "end": before,
    }[how]


@settings(max_examples=600)
@given(st.sampled_from(CORPUS), st.lists(CHANGE, min_size=1, max_size=6))
def test_mutated_files_end_in_facts_or_in_a_reason(
    data: bytes, changes: list[tuple[str, float, int]]
) -> None:
    for how, where, value in changes:
        data = change(data, how, where, value)
    assert outcome(data)


@given(st.binary(max_size=200), st.sampled_from([b"", *(seed[:24] for seed in CORPUS)]))
def test_random_bytes_behind_any_signature_end_in_facts_or_in_a_reason(data: bytes, head: bytes) -> None:
    assert outcome(head + data)


def outcome(data: bytes) -> str | bytes:
    """The thumbnail or the reason of the rejection; any other exception is a finding."""
    try:
        return inspect_image(data).thumbnail
    except Rejected as rejected:
        return str(rejected)
