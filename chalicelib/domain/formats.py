"""The picture formats that Nebula takes, by the names that Pillow gives them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple


class Format(NamedTuple):
    """A format's media type and its usual extensions, the commonest first."""

    content_type: str
    extensions: tuple[str, ...]


FORMATS = {
    "JPEG": Format("image/jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    "PNG": Format("image/png", ("png",)),
    "WEBP": Format("image/webp", ("webp",)),
    "TIFF": Format("image/tiff", ("tif", "tiff")),
    "BMP": Format("image/bmp", ("bmp", "dib")),
    "GIF": Format("image/gif", ("gif",)),
}


def content_type_of(detected_format: str) -> str:
    """The media type of a detected format."""
    return FORMATS[detected_format].content_type


def content_type_of_extension(extension: str) -> str:
    """The media type of a file that bears an extension of `extension_of`; octets for any other."""
    for kind in FORMATS.values():
        if extension in kind.extensions:
            return kind.content_type
    return "application/octet-stream"


def extension_of(name: str, detected_format: str) -> str:
    """The extension that a stored file gets: the name's own where it tells the truth."""
    extensions = FORMATS[detected_format].extensions
    own = PurePosixPath(name).suffix[1:].lower()
    return own if own in extensions else extensions[0]
