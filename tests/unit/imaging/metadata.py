"""Pictures with every kind of thing beside their pixels: large, broken or both, format by format."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

from testing.photos import photo_bmp, photo_gif, photo_jpeg, photo_png, photo_tiff, photo_webp

WIDTH, HEIGHT = 160, 120
LARGE = 3_000_000
"""More than Pillow takes of any metadata."""
NOISE = bytes(range(256)) * 8


def plain(file_format: str) -> bytes:
    """The picture of a format with nothing beside it."""
    makers: dict[str, Callable[..., bytes]] = {
        "JPEG": photo_jpeg,
        "PNG": photo_png,
        "GIF": photo_gif,
        "WebP": photo_webp,
        "TIFF": photo_tiff,
        "BMP": photo_bmp,
    }
    return makers[file_format](1, WIDTH, HEIGHT)


def pictures() -> Iterator[tuple[str, str, bytes]]:
    """Each format, what stands beside its pixels, and the file."""
    for file_format, kinds in (
        ("JPEG", _jpegs()),
        ("PNG", _pngs()),
        ("GIF", _gifs()),
        ("WebP", _webps()),
        ("TIFF", _tiffs()),
    ):
        yield from ((file_format, kind, data) for kind, data in kinds.items())
    for file_format in ("JPEG", "PNG", "GIF", "WebP", "TIFF", "BMP"):
        yield file_format, "bytes behind the end", plain(file_format) + NOISE


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _jpegs() -> dict[str, bytes]:
    photo = plain("JPEG")
    progressive = photo_jpeg(1, WIDTH, HEIGHT, progressive=True)
    last_scan = progressive.rindex(b"\xff\xda")

    def beginning_with(*segments: bytes) -> bytes:
        return photo[:2] + b"".join(segments) + photo[2:]

    jfif_end = 4 + int.from_bytes(photo[4:6])
    return {
        "profile in 255 segments": beginning_with(
            *[_segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + bytes(60_000)) for n in range(1, 256)]
        ),
        "broken EXIF": beginning_with(_segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")),
        "broken IPTC": beginning_with(_segment(0xED, b"Photoshop 3.0\08BIM\4\4\0\0\xff\xff\xff\xff")),
        "broken XMP": beginning_with(_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta")),
        "short JFIF": photo[:2] + _segment(0xE0, b"JFIF\0\1") + photo[jfif_end:],
        "short Adobe": beginning_with(_segment(0xEE, b"Adobe")),
        "5,000 comments": beginning_with(*[_segment(0xFE, b"a comment")] * 5_000),
        "stray bytes between segments": photo[:jfif_end] + b"\0\1\2\3\xff\0\xff\xff" + photo[jfif_end:],
        "comment between scans": progressive[:last_scan] + _segment(0xFE, b"!") + progressive[last_scan:],
        "no end marker": photo[:-2],
        "no end marker, padded": photo[:-2] + bytes(200),
        "no end marker, then a broken segment": photo[:-2] + b"\xff\xe1\xff\xff",
        "no end marker in CMYK": photo_jpeg(1, WIDTH, HEIGHT, mode="CMYK")[:-2],
        "no end marker behind many scans": progressive[:-2],
    }


def _chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def _pngs() -> dict[str, bytes]:
    photo = plain("PNG")
    pixels = photo.index(b"IDAT") - 4
    packed = zlib.compress(bytes(LARGE))

    def beside(*chunks: bytes) -> bytes:
        return photo[:33] + b"".join(chunks) + photo[33:]

    return {
        "large profile": beside(_chunk(b"iCCP", b"scanner\0\0" + packed)),
        "broken profile": beside(_chunk(b"iCCP", b"scanner\0\0not zlib")),
        "empty profile": beside(_chunk(b"iCCP", b"")),
        "large text": beside(_chunk(b"tEXt", b"Comment\0" + b"a" * LARGE)),
        "large packed text": beside(_chunk(b"zTXt", b"Comment\0\0" + packed)),
        "large packed international text": beside(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0\0" + packed)),
        "seven large texts": beside(*[_chunk(b"zTXt", b"Comment\0\0" + packed)] * 7),
        "2,000 texts": beside(*[_chunk(b"tEXt", b"Comment\0some words")] * 2_000),
        "wrong checksum of a text": beside(_chunk(b"tEXt", b"Comment\0some words", checksum=1)),
        "wrong checksum of a gamma": beside(_chunk(b"gAMA", struct.pack(">I", 45455), checksum=1)),
        "wrong checksum of a transparency": beside(_chunk(b"tRNS", bytes(6), checksum=1)),
        "transparency of a wrong size": beside(_chunk(b"tRNS", bytes(5))),
        "short measures": beside(_chunk(b"pHYs", b"\0"), _chunk(b"cHRM", b"\0"), _chunk(b"sRGB", b"")),
        "broken EXIF": beside(_chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")),
        "animation of no frames": beside(_chunk(b"acTL", bytes(8))),
        "animation with a wrong checksum": beside(_chunk(b"acTL", b"\0\0\0\2" + bytes(4), checksum=1)),
        "unknown chunk": beside(_chunk(b"abCd", NOISE)),
        "text behind the pixels": photo[:-12] + _chunk(b"tEXt", b"Comment\0" + b"a" * LARGE) + photo[-12:],
        "a text that is cut off": photo[:-12] + _chunk(b"tEXt", b"Comment\0" + NOISE)[:-200],
        "no end marker": photo[:-12],
        "half an end marker": photo[:-5],
        "text before the pixels, twice": photo[:pixels] + _chunk(b"tEXt", b"a\0b") * 2 + photo[pixels:],
    }


def _sub_blocks(data: bytes) -> bytes:
    blocks = (data[start : start + 255] for start in range(0, len(data), 255))
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def _gifs() -> dict[str, bytes]:
    photo = plain("GIF")
    screen_end = 13 + (3 << ((photo[10] & 7) + 1))

    def beside(*blocks: bytes) -> bytes:
        return photo[:screen_end] + b"".join(blocks) + photo[screen_end:]

    return {
        "large comment": beside(b"\x21\xfe" + _sub_blocks(b"a" * LARGE)),
        "large XMP": beside(b"\x21\xff\x0bXMP DataXMP" + _sub_blocks(b"x" * LARGE)),
        "broken loop": beside(b"\x21\xff\x0bNETSCAPE2.0\0"),
        "empty graphic control": beside(b"\x21\xf9\0"),
        "short graphic control": beside(b"\x21\xf9\1\1\0"),
        "text block": beside(b"\x21\x01" + _sub_blocks(bytes(12) + b"words")),
        "stray bytes between blocks": beside(b"\0\0\1\2\3"),
        "stray bytes behind the picture": photo[:-1] + b"\0\0\7\7" + photo[-1:],
        "comment behind the picture": photo[:-1] + b"\x21\xfe" + _sub_blocks(b"a" * LARGE) + b";",
        "no end marker": photo[:-1],
    }


def _riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _webps() -> dict[str, bytes]:
    pixels = plain("WebP")[12:]
    size = (WIDTH - 1).to_bytes(3, "little") + (HEIGHT - 1).to_bytes(3, "little")

    def extended(flags: int, before: bytes = b"", behind: bytes = b"") -> bytes:
        return _riff(_riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size), before, pixels, behind)

    xmp = _riff_chunk(b"XMP ", b"x" * LARGE)
    return {
        "large profile": extended(0x20, before=_riff_chunk(b"ICCP", bytes(LARGE))),
        "large XMP": extended(0x04, behind=xmp),
        "broken EXIF": extended(0x08, behind=_riff_chunk(b"EXIF", b"II*\0\xff\xff\xff\xff")),
        "EXIF that nothing announces": _riff(pixels, _riff_chunk(b"EXIF", b"II*\0")),
        "announced and not there": extended(0x2C),
        "unknown chunk": extended(0, before=_riff_chunk(b"abcd", NOISE)),
        "XMP that is cut off": extended(0x04, behind=xmp)[:-1_000],
    }


def _tiff_tags(*extra: tuple[int, int, int, bytes], following: bytes = b"") -> bytes:
    """A plain TIFF of the picture with tags (number, type, count, bytes), and what its chain leads to."""
    pixels = _pixels(WIDTH, HEIGHT)
    body = bytearray(b"II*\0" + bytes(4) + pixels)
    rows = _picture_rows(WIDTH, HEIGHT, 8)
    for tag, kind, count, value in extra:
        at = len(body)
        body += value
        rows.append(
            (tag, kind, count, at if len(value) > 4 else int.from_bytes(value.ljust(4, b"\0"), "little"))
        )
    body += bytes(len(body) % 2)
    body[4:8] = struct.pack("<I", len(body))
    end = len(body) + 2 + 12 * len(rows) + 4
    body += _directory(rows, end if following else 0) + following
    return bytes(body)


def _pixels(width: int, height: int) -> bytes:
    return bytes((x * 255 // width + 3 * y) % 256 for y in range(height) for x in range(width))


def _picture_rows(width: int, height: int, at: int) -> list[tuple[int, int, int, int]]:
    return [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, 1, at), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height)),
    ]


def _directory(rows: list[tuple[int, int, int, int]], following: int) -> bytes:
    table = b"".join(struct.pack("<HHII", *row) for row in sorted(rows))
    return struct.pack("<H", len(rows)) + table + struct.pack("<I", following)


def _preview(width: int, height: int, *marks: tuple[int, int, int, int]) -> bytes:
    return _directory([*_picture_rows(width, height, 8), *marks], 0)


def _tiffs() -> dict[str, bytes]:
    text = (33723, 4, LARGE // 4, bytes(LARGE))
    raw = _tiff_tags()
    return {
        "IPTC of longs": _tiff_tags((33723, 4, 5, b"\x1c\2\0\0\2\0\2" + bytes(13))),
        "large IPTC": _tiff_tags(text),
        "large profile": _tiff_tags((34675, 7, LARGE, bytes(LARGE))),
        "large XMP": _tiff_tags((700, 1, LARGE, b"x" * LARGE)),
        "broken EXIF": _tiff_tags((34665, 4, 1, b"\xff\xff\xff\xff")),
        "GPS of two pointers": _tiff_tags((34853, 4, 2, bytes(8))),
        "a text that is cut off": _tiff_tags((270, 2, LARGE, b"a")),
        "resolution of three": _tiff_tags((282, 5, 3, bytes(24))),
        "unknown type": _tiff_tags((50_000, 99, 7, bytes(8))),
        "the same text twice": _tiff_tags((305, 2, 6, b"words\0"), (305, 2, 6, b"words\0")),
        "preview in a sub-directory": _tiff_tags((330, 4, 1, struct.pack("<I", 8))),
        "preview, marked": _tiff_tags(following=_preview(80, 60, (254, 4, 1, 1))),
        "large preview, marked": _tiff_tags(following=_preview(160, 120, (254, 4, 1, 1))),
        "preview, marked the old way": _tiff_tags(following=_preview(160, 120, (255, 3, 1, 2))),
        "preview, not marked": _tiff_tags(following=_preview(80, 60)),
        "thumbnail of another shape, not marked": _tiff_tags(following=_preview(40, 40)),
        "preview, said to be whole": _tiff_tags(following=_preview(40, 30, (254, 4, 1, 0))),
        "mask": _tiff_tags(following=_preview(160, 120, (254, 4, 1, 4))),
        "directory without pixels": _tiff_tags(following=_directory([(305, 2, 4, 0)], 0)),
        "next directory outside": raw[:-4] + b"\xff\xff\xff\x7f",
        "no next directory": raw[:-4],
    }
