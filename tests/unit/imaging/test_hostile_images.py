"""Files that are two things at once, or more than a picture: only the picture counts, or nothing does."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image as Picture

from chalicelib.domain.errors import Rejected
from chalicelib.imaging.inspect import InspectionLimits, inspect_image
from testing.photos import photo_bmp, photo_gif, photo_jpeg, photo_mpo, photo_png, photo_tiff, photo_webp
from tests.bombs import jpeg_with_size, png, png_chunk

HTML = b"<html><script>alert(document.domain)</script>"
PHP = b"<?php system($_GET['c']); ?>"
SCRIPT = b"<script>alert(1)</script>"
MAKERS: list[Callable[..., bytes]] = [
    photo_jpeg,
    photo_png,
    photo_webp,
    photo_tiff,
    photo_bmp,
    photo_gif,
    photo_mpo,
]


def an_archive() -> bytes:
    """A ZIP, which readers find from its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.exe", b"MZ")
    return out.getvalue()


def with_comment(comment: bytes) -> bytes:
    """A JPEG that holds a comment."""
    photo = photo_jpeg(1, 40, 28)
    return photo[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + photo[2:]


def with_segment(marker: int, body: bytes) -> bytes:
    """A JPEG with an application segment of one's own."""
    photo = photo_jpeg(1, 40, 28)
    return photo[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + photo[2:]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("tail", [HTML, PHP, an_archive()], ids=["html", "php", "zip"])
def test_what_is_glued_behind_a_picture_makes_it_nothing_else(
    make: Callable[..., bytes], tail: bytes
) -> None:
    picture = make(1, 40, 28)
    try:
        facts = inspect_image(picture + tail)
    except Rejected:
        return
    assert facts.format == inspect_image(picture).format
    assert facts.perceptual_hash == inspect_image(picture).perceptual_hash
    assert not any(word in facts.thumbnail for word in (b"<script", b"<?php", b"PK\x03\x04"))


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("head", [HTML, PHP, b"\n", b"\xef\xbb\xbf", an_archive(), b"GIF89a/*"])
def test_a_picture_behind_something_else_is_none(make: Callable[..., bytes], head: bytes) -> None:
    with pytest.raises(Rejected):
        inspect_image(head + make(1, 40, 28))


@pytest.mark.parametrize(
    "data",
    [
        with_comment(HTML),
        with_comment(PHP),
        with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<x:xmpmeta>" + SCRIPT),
        with_segment(0xED, b"Photoshop 3.0\0" + SCRIPT),
        with_segment(0xEB, SCRIPT),
        photo_gif(1, 40, 28)[:-1] + b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0;",
        png(4, 4, png_chunk(b"tEXt", b"Comment\0" + SCRIPT)),
        png(4, 4, png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SCRIPT)),
    ],
    ids=["comment", "php", "xmp", "photoshop", "app11", "gif comment", "text", "itext"],
)
def test_what_a_picture_says_beside_its_pixels_is_not_in_the_thumbnail(data: bytes) -> None:
    facts = inspect_image(data)

    assert facts.format in ("JPEG", "GIF", "PNG")
    assert b"alert(" not in facts.thumbnail
    assert b"system(" not in facts.thumbnail


ACTIVE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg in capitals": b"<SVG onload=alert(1)>",
    "svg behind blanks": b" \n\t<svg onload='alert(1)'/>",
    "svg behind a mark": b"\xef\xbb\xbf<svg onload='alert(1)'/>",
    "svg in UTF-16": "\ufeff<svg onload='alert(1)'/>".encode("utf-16"),
    "svg behind a comment": b"<!-- GIF89a --><svg onload='alert(1)'/>",
    "svg with entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b"<svg>&b;</svg>",
    "compressed svg": gzip.compress(b"<svg onload='alert(1)'/>"),
    "html": HTML,
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + HTML,
    "pdf": b"%PDF-1.4\n/OpenAction << /S /JavaScript >>",
    "postscript": b"%!PS\n(/etc/passwd) (r) file",
    "encapsulated postscript": b"\xc5\xd0\xd3\xc6" + bytes(28) + b"%!PS",
    "flash": b"CWS\x0a" + bytes(60),
    "windows metafile": b"\xd7\xcd\xc6\x9a" + bytes(60),
    "enhanced metafile": b"\x01\0\0\0" + bytes(36) + b" EMF" + bytes(60),
    "ImageMagick script": b"push graphic-context\nviewbox 0 0 1 1\nfill 'url(https://x|id)'\n",
    "xpm": b"/* XPM */\nstatic char *a[] = {",
    "xbm": b"#define a_width 8\n#define a_height 8\nstatic char a_bits[] = {0};",
    "fits": b"SIMPLE  =                    T" + bytes(2850),
    "dicom": bytes(128) + b"DICM" + bytes(60),
    "program": b"MZ" + bytes(60),
    "script": b"#!/bin/sh\nid",
    "jar": an_archive(),
    "targa": b"\0\0\2" + bytes(9) + b"\x04\0\x04\0\x18\0" + bytes(48),
    "sun raster": b"\x59\xa6\x6a\x95" + bytes(60),
    "sgi": b"\x01\xda\0\1" + bytes(508),
    "pcx": b"\x0a\x05\x01\x08" + bytes(124),
    "icns": b"icns" + struct.pack(">I", 8),
    "dds": b"DDS |\0\0\0" + bytes(120),
    "cursor": b"\0\0\2\0\1\0" + bytes(40),
    "gimp": b"gimp xcf file\0" + bytes(40),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_is_no_plain_picture_is_refused_whatever_it_is(name: str) -> None:
    with pytest.raises(Rejected) as refusal:
        inspect_image(ACTIVE[name])
    assert "alert" not in str(refusal.value)


def exif(*entries: bytes, following: int = 0) -> bytes:
    """A TIFF directory as an EXIF segment holds it."""
    return (
        b"Exif\0\0II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + b"".join(entries)
        + struct.pack("<I", following)
    )


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """One entry of a directory."""
    return struct.pack("<HHII", tag, kind, count, value)


@pytest.mark.parametrize(
    "segment",
    [
        exif(entry(0x0112, 3, 1, 6), following=8),
        exif(entry(0x8769, 4, 1, 8)),
        exif(entry(0x8825, 4, 1, 8), entry(0x8769, 4, 1, 8)),
        exif(entry(0x0112, 3, 0xFFFFFFFF, 0)),
        exif(entry(0x010F, 2, 0x7FFFFFFF, 26)),
        exif(entry(0x0112, 12, 1, 0xFFFFFFF0)),
        exif(entry(0x0112, 0xFFFF, 1, 6)),
        exif(entry(0x0112, 3, 1, 6), following=0xFFFFFFFF),
        exif(*[entry(0x927C, 7, 60_000, 0)] * 2000),
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0XX",
        b"Exif\0\0",
    ],
    ids=[
        "directory that is its own next",
        "pointer to itself",
        "two pointers back",
        "four billion values",
        "text of 2 GB",
        "value outside",
        "unknown type",
        "next outside",
        "thousands of maker notes",
        "first directory outside",
        "no byte order",
        "nothing",
    ],
)
def test_malicious_exif_costs_nothing_and_loses_no_picture(segment: bytes) -> None:
    began = time.process_time()

    facts = inspect_image(with_segment(0xE1, segment[:65_000]))

    assert (facts.width, facts.height) == (40, 28)
    assert time.process_time() - began < 1


def icc(declared: int, body: bytes) -> bytes:
    """A colour profile that declares another size than it has."""
    return struct.pack(">I", declared) + b"lcms\x04\x30\0\0mntrRGB XYZ " + body


@pytest.mark.parametrize(
    "data",
    [
        with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc(0xFFFFFFFF, bytes(100))),
        with_segment(0xE2, b"ICC_PROFILE\0\xff\x01" + icc(10, b"")),
        with_segment(0xE2, b"ICC_PROFILE\0\x00\x00"),
        with_segment(0xE2, b"ICC_PROFILE\0"),
        with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc(200, struct.pack(">I", 0xFFFFFFFF) + bytes(96))),
        png(4, 4, png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))),
        png(4, 4, png_chunk(b"iCCP", b"a\0\0not zlib")),
        png(4, 4, png_chunk(b"iCCP", b"")),
    ],
    ids=["huge", "chunk 255 of 1", "chunk 0 of 0", "cut", "endless tags", "50 MB", "no zlib", "empty"],
)
def test_a_malicious_colour_profile_is_never_opened(data: bytes) -> None:
    began = time.process_time()
    outcome = thumbnail_or_reason(data)

    assert b"lcms" not in outcome
    assert len(outcome) > 20
    assert time.process_time() - began < 1


@pytest.mark.parametrize("sides", [(65_535, 65_535), (65_535, 1), (1, 65_535), (65_500, 65_500), (0, 10)])
def test_the_longest_sides_a_jpeg_can_declare_cost_nothing(sides: tuple[int, int]) -> None:
    began = time.process_time()

    with pytest.raises(Rejected):
        inspect_image(jpeg_with_size(*sides))
    assert time.process_time() - began < 2


def test_a_real_line_of_pixels_is_a_picture_up_to_the_longest_side_allowed() -> None:
    longest = InspectionLimits().max_side
    lines = []
    for width in (longest, longest + 1):
        out = io.BytesIO()
        Picture.new("L", (width, 3), 128).save(out, "JPEG")
        lines.append(out.getvalue())

    facts = inspect_image(lines[0])

    assert (facts.width, facts.height) == (longest, 3)
    with Picture.open(io.BytesIO(facts.thumbnail)) as thumbnail:
        assert max(thumbnail.size) <= 256
    with pytest.raises(Rejected, match=str(longest)):
        inspect_image(lines[1])


@pytest.mark.parametrize("transparency", [0, 255, bytes(range(0, 256, 4))], ids=["one", "last", "table"])
def test_a_palette_with_transparency_comes_out(transparency: int | bytes) -> None:
    out = io.BytesIO()
    picture = Picture.radial_gradient("L").convert("P")
    picture.save(out, "PNG", transparency=transparency)

    facts = inspect_image(out.getvalue())

    assert (facts.format, facts.width) == ("PNG", 256)


@pytest.mark.parametrize("colours", [b"", bytes(3), bytes(256 * 3 + 3)], ids=["none", "one", "257"])
def test_a_palette_of_the_wrong_size_ends_in_facts_or_in_a_reason(colours: bytes) -> None:
    head = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([255] * 4)) * 4)
    chunks = [(b"IHDR", head), (b"PLTE", colours), (b"IDAT", pixels), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)

    assert len(thumbnail_or_reason(data)) > 20


def thumbnail_or_reason(data: bytes) -> bytes:
    """What a file ends in; any exception but a rejection is a finding."""
    try:
        return inspect_image(data).thumbnail
    except Rejected as refusal:
        return str(refusal).encode()
