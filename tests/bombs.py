"""Hostile files: small ones that declare or hide pictures, tags and texts of any size."""

from __future__ import annotations

import struct
import zlib

from testing.photos import photo_gif, photo_jpeg, photo_png, photo_webp

_MEGABYTE = 1 << 20


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, checksum and all."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *before_pixels: bytes, pixels: bytes = b"\0" * 100) -> bytes:
    """An 8-bit gray PNG with chunks of one's own; `pixels` are the raw bytes that it inflates to."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before_pixels) + data + png_chunk(b"IEND", b"")


def png_hiding_pixels(megabytes: int) -> bytes:
    """A PNG that declares one pixel and goes on inflating behind it."""
    return png(1, 1, pixels=bytes(megabytes * _MEGABYTE))


def png_hiding_text(megabytes: int, chunks: int) -> bytes:
    """A PNG of one pixel with compressed texts and a compressed colour profile."""
    inflating = zlib.compress(bytes(megabytes * _MEGABYTE), 9)
    text = png_chunk(b"zTXt", b"a\0\0" + inflating)
    return png(1, 1, png_chunk(b"iCCP", b"a\0\0" + inflating), *[text] * chunks, pixels=b"\0\0")


def tiff(tags: dict[int, tuple[int, int, int]], tail: bytes = b"", *, following: int = 0) -> bytes:
    """A little-endian TIFF of one directory; `tags` maps a tag to type, count, value or offset."""
    rows = b"".join(struct.pack("<HHII", tag, *row) for tag, row in sorted(tags.items()))
    directory = struct.pack("<H", len(tags)) + rows + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + tail


def tiff_picture(width: int, height: int, **changes: tuple[int, int, int]) -> dict[int, tuple[int, int, int]]:
    """The tags of a deflated gray TIFF of one strip; `changes` are more tags, as t322=(…)."""
    tags = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 8),
        262: (3, 1, 1),
        273: (4, 1, 200),
        277: (3, 1, 1),
        278: (4, 1, height),
        279: (4, 1, 100),
    }
    return tags | {int(tag[1:]): row for tag, row in changes.items()}


def tiff_sharing_tag_bytes(size: int = 2 * _MEGABYTE, tags: int = 500) -> bytes:
    """A TIFF whose tags all claim the same megabytes."""
    shared = {50_000 + number: (1, size - 20_000, 10_000) for number in range(tags)}
    return tiff(tiff_picture(8, 8) | shared, bytes(size))


def tiff_repeating_a_tag(size: int = 2 * _MEGABYTE, times: int = 500) -> bytes:
    """A TIFF that has one tag of megabytes many times over."""
    rows = b"".join(struct.pack("<HHII", tag, *row) for tag, row in sorted(tiff_picture(8, 8).items()))
    rows += struct.pack("<HHII", 50_000, 1, size - 20_000, 10_000) * times
    return b"II*\0" + struct.pack("<IH", 8, 9 + times) + rows + bytes(size)


def tiff_sharing_exif_bytes(size: int = 2 * _MEGABYTE, tags: int = 500) -> bytes:
    """A whole TIFF whose EXIF directory's tags all claim the same megabytes."""
    pixels = zlib.compress(bytes(64))
    rows = b"".join(struct.pack("<HHII", 60_000 + n, 1, size - 20_000, 10_000) for n in range(tags))
    exif = struct.pack("<H", tags) + rows + bytes(4)
    picture = tiff_picture(8, 8, t279=(4, 1, len(pixels)), t34665=(4, 1, 300))
    head = tiff(picture).ljust(200, b"\0") + pixels
    return head.ljust(300, b"\0") + exif + bytes(size)


def tiff_chain(directories: int) -> bytes:
    """A TIFF of very many pages."""
    rows = b"".join(struct.pack("<HHII", tag, *row) for tag, row in sorted(tiff_picture(8, 8).items()))
    size = 2 + len(rows) + 4
    pages = [
        struct.pack("<H", 9) + rows + struct.pack("<I", 8 + size * number)
        for number in range(1, directories + 1)
    ]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(pages)


def jpeg_with_size(width: int, height: int) -> bytes:
    """A small JPEG whose frame header declares another size."""
    data = bytearray(photo_jpeg(1, 64, 48))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_of_scans(scans: int, width: int = 64, height: int = 48) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    data = photo_jpeg(1, width, height, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def jpeg_sharing_exif_bytes(tags: int = 5000) -> bytes:
    """A JPEG whose EXIF tags all claim the same 60 KB."""
    rows = b"".join(struct.pack("<HHII", number, 1, 60_000, 100) for number in range(tags))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, tags) + rows + bytes(4)
    exif = exif[:65_000]
    data = photo_jpeg(1, 64, 48)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def gif_with_screen(width: int, height: int) -> bytes:
    """A small GIF whose screen has another size than its frame."""
    data = bytearray(photo_gif(1, 64, 48))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def gif_of_comments(megabytes: int) -> bytes:
    """A GIF with a comment of megabytes, in blocks of 255 bytes."""
    data = photo_gif(1, 64, 48)
    table_end = 13 + (3 << ((data[10] & 7) + 1))
    comment = b"\x21\xfe" + (b"\xff" + b"a" * 255) * (megabytes * 4096) + b"\0"
    return data[:table_end] + comment + data[table_end:]


def webp_with_canvas(width: int, height: int) -> bytes:
    """A WebP whose extended header declares another size than its picture has."""
    picture = photo_webp(1, 64, 48)[12:]
    body = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X" + struct.pack("<I", 10) + body + picture
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def bmp_with_size(width: int, height: int, *, compression: int = 0) -> bytes:
    """A BMP of hardly any pixels that declares many; compression 1 is run-length."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 2000, 0, 0, 54 + 1024) + header + bytes(1024) + bytes(64)


def rejected_bombs() -> dict[str, bytes]:
    """Every hostile file here that must be rejected, by what it is."""
    return {
        "PNG that declares 4 gigapixels": png(65_535, 65_535),
        "PNG that declares 100 megapixels and has none": png(10_000, 10_000),
        "PNG with 300 inflating texts": png_hiding_text(4, 300),
        "PNG with 12 inflating texts": png_hiding_text(4, 12),
        "PNG of empty chunks": png(8, 8, *[png_chunk(b"IDAT", b"")] * 100_000),
        "TIFF that declares 4 gigapixels": tiff(tiff_picture(65_535, 65_535), bytes(400)),
        "TIFF of one strip beyond memory": tiff(
            tiff_picture(12_000, 10_000, t262=(3, 1, 2), t277=(3, 1, 3)), bytes(400)
        ),
        "TIFF with a tile far beyond its picture": tiff(
            tiff_picture(8, 8, t322=(4, 1, 60_000), t323=(4, 1, 60_000), t324=(4, 1, 200), t325=(4, 1, 100)),
            bytes(400),
        ),
        "TIFF whose tags share megabytes": tiff_sharing_tag_bytes(),
        "TIFF that repeats a tag of megabytes": tiff_repeating_a_tag(),
        "TIFF of 50,000 pages": tiff_chain(50_000),
        "TIFF whose strips lie outside": tiff(tiff_picture(8, 8, t273=(4, 1, 2**31)), bytes(400)),
        "JPEG that declares 4 gigapixels": jpeg_with_size(65_500, 65_500),
        "JPEG of 5,000 scans": jpeg_of_scans(5000),
        "GIF with a screen of 4 gigapixels": gif_with_screen(65_535, 65_535),
        "GIF whose frame leaves its screen": gif_with_screen(10, 10),
        "GIF with a comment of 8 MB": gif_of_comments(8),
        "WebP that declares a canvas of 16 million squared": webp_with_canvas(1 << 24, 1 << 24),
        "WebP that declares 16,383 squared": webp_with_canvas(16_383, 16_383),
        "BMP that declares 100 megapixels": bmp_with_size(10_000, 10_000),
        "BMP of 100 run-length megapixels": bmp_with_size(10_000, 10_000, compression=1),
        "BMP of negative width": bmp_with_size(-5, 10),
    }


def harmless_bombs() -> dict[str, bytes]:
    """Hostile files that decode all the same: what they hide must not be touched."""
    return {
        "JPEG of 100 megapixels with next to no data": jpeg_with_size(10_000, 10_000),
        "PNG that hides 200 MB behind one pixel": png_hiding_pixels(200),
        "JPEG whose EXIF tags share their bytes": jpeg_sharing_exif_bytes(),
        "TIFF whose EXIF tags share their bytes": tiff_sharing_exif_bytes(),
        "PNG with junk behind its end": photo_png(1, 64, 48) + bytes(1 << 20),
    }
