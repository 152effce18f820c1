"""Which of a TIFF's directories is the picture, and whether there is more than one.

A page is a picture of its own. Previews and masks of the picture are none: those marked so (NewSubfileType,
SubfileType), those in sub-directories, and those that nobody marked but that can be nothing else, for they
are much smaller and either of the same shape or no larger than a thumbnail.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from chalicelib.domain.errors import Rejected
from chalicelib.domain.formats import TAKEN_FORMATS
from chalicelib.domain.rejection import RejectionKind

from .tiff_directory import Directory, Entries, TiffFile

_NEW_SUBFILE, _OLD_SUBFILE, _WIDTH, _LENGTH, _PHOTOMETRIC = 254, 255, 256, 257, 262
_STRIP_OFFSETS, _TILE_OFFSETS, _JPEG_OFFSET, _SUB_DIRECTORIES, _DNG_VERSION = 273, 324, 513, 330, 50706
_REDUCED_OR_MASK, _PAGE = 0b101, 0b010
_OLD_REDUCED = 2
_SENSOR_PIXELS = (32803, 34892)  # a colour filter array, and linear raw
_MAX_DIRECTORIES = 1000
_MAX_SUB_DIRECTORIES = 16
_LARGEST_THUMBNAIL = 512
_SAME_SHAPE = 0.02


class Chosen(NamedTuple):
    """The picture's directory, how many pages there are, and what is odd about the chain."""

    directory: Directory
    pages: int
    doubt: str | None


def choose_picture(tiff: TiffFile) -> Chosen:
    """Find the picture among the directories.

    Raises:
        Rejected: it is a camera's raw file, or holds more directories than anybody looks at.
        struct.error: the first directory does not lie inside the file.
    """
    first = tiff.directory(tiff.first)
    directories = [first]
    doubt = None
    try:
        directories += _following(tiff, first.following)
    except struct.error:
        doubt = "a further directory lies outside the file"
    _refuse_raw(tiff, first.entries)
    pictures = [directory for directory in directories if _has_pixels(directory.entries)]
    main = next((each for each in pictures if not _is_marked(tiff, each.entries)), first)
    others = (each for each in pictures if each is not main)
    pages = 1 + sum(not _is_preview(tiff, each.entries, main.entries) for each in others)
    return Chosen(main, pages, doubt)


def _following(tiff: TiffFile, offset: int) -> Iterator[Directory]:
    seen = {tiff.first}
    while offset and offset not in seen:
        if len(seen) == _MAX_DIRECTORIES:
            raise Rejected(
                RejectionKind.SEVERAL_PICTURES,
                f"it holds more than {_MAX_DIRECTORIES} pages; only one is taken",
            )
        seen.add(offset)
        directory = tiff.directory(offset)
        yield directory
        offset = directory.following


def _refuse_raw(tiff: TiffFile, entries: Entries) -> None:
    """A camera's raw file begins as a TIFF of a tiny preview: the photo is in a sub-directory."""
    is_raw = _DNG_VERSION in entries
    with suppress(struct.error):
        for offset in tiff.integers(entries.get(_SUB_DIRECTORIES))[:_MAX_SUB_DIRECTORIES]:
            is_raw |= tiff.one(tiff.directory(offset).entries, _PHOTOMETRIC) in _SENSOR_PIXELS
    if is_raw:
        raise Rejected(
            RejectionKind.UNSUPPORTED_FORMAT,
            f"camera raw files (DNG) are not supported; send {TAKEN_FORMATS}",
        )


def _has_pixels(entries: Entries) -> bool:
    return _WIDTH in entries and not entries.keys().isdisjoint((_STRIP_OFFSETS, _TILE_OFFSETS, _JPEG_OFFSET))


def _is_marked(tiff: TiffFile, entries: Entries) -> bool:
    """Whether a directory says of itself that it is a preview or a mask."""
    return bool(
        tiff.one(entries, _NEW_SUBFILE) & _REDUCED_OR_MASK or tiff.one(entries, _OLD_SUBFILE) == _OLD_REDUCED
    )


def _is_preview(tiff: TiffFile, entries: Entries, main: Entries) -> bool:
    if _is_marked(tiff, entries):
        return True
    width, height = tiff.one(entries, _WIDTH), tiff.one(entries, _LENGTH)
    main_width, main_height = tiff.one(main, _WIDTH), tiff.one(main, _LENGTH)
    is_page = tiff.one(entries, _NEW_SUBFILE) & _PAGE
    if is_page or not 0 < 2 * width <= main_width or not 0 < 2 * height <= main_height:
        return False
    is_same_shape = abs(width / height * main_height / main_width - 1) <= _SAME_SHAPE
    return is_same_shape or max(width, height) <= _LARGEST_THUMBNAIL
