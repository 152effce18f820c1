"""The picture formats that Nebula takes, by the names that Pillow gives them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple


class Format(StrEnum):
    """A format that is taken."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    TIFF = "TIFF"
    BMP = "BMP"
    GIF = "GIF"
    HEIC = "HEIC"
    AVIF = "AVIF"


class FileType(NamedTuple):
    """A format's media type, its usual extensions, the commonest first, and what people call it."""

    content_type: str
    extensions: tuple[str, ...]
    label: str
    shown_by_browsers: bool = True


FILE_TYPES = {
    Format.JPEG: FileType("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), "JPEG"),
    Format.PNG: FileType("image/png", ("png",), "PNG"),
    Format.WEBP: FileType("image/webp", ("webp",), "WebP"),
    Format.TIFF: FileType("image/tiff", ("tif", "tiff"), "TIFF", shown_by_browsers=False),
    Format.BMP: FileType("image/bmp", ("bmp", "dib"), "BMP"),
    Format.GIF: FileType("image/gif", ("gif",), "GIF"),
    Format.HEIC: FileType("image/heic", ("heic", "heif"), "HEIC", shown_by_browsers=False),
    Format.AVIF: FileType("image/avif", ("avif",), "AVIF"),
}

_LABELS = [kind.label for kind in FILE_TYPES.values()]
TAKEN_FORMATS = f"{', '.join(_LABELS[:-1])} or {_LABELS[-1]}"
"""What may be sent, as a sentence lists it."""


def content_type_of(detected: Format) -> str:
    """The media type of a detected format."""
    return FILE_TYPES[detected].content_type


def content_type_of_extension(extension: str) -> str:
    """The media type of a file that bears an extension of `extension_of`; octets for any other."""
    for kind in FILE_TYPES.values():
        if extension in kind.extensions:
            return kind.content_type
    return "application/octet-stream"


def extension_of(name: str, detected: Format) -> str:
    """The extension that a stored file gets: the name's own where it tells the truth."""
    extensions = FILE_TYPES[detected].extensions
    own = PurePosixPath(name).suffix[1:].lower()
    return own if own in extensions else extensions[0]
