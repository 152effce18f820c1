"""A file's format by its first bytes, whatever its name says."""

from __future__ import annotations

import re

from chalicelib.domain.errors import Rejected
from chalicelib.domain.formats import TAKEN_FORMATS, Format
from chalicelib.domain.rejection import RejectionKind

from .formats import READERS

# Named only so that the reason can say what was sent; nothing here is ever decoded. Before the
# formats that are taken, for camera raw files begin as TIFFs.
_REFUSED: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb".{4}ftypcrx", re.DOTALL), "Canon raw"),
    (re.compile(rb".{4}ftyp(?!hei[cfmsx]|hev[cmsx]|mif1|msf1|avi[fs])", re.DOTALL), "video"),
    (re.compile(rb"II\*\0.{4}CR", re.DOTALL), "Canon raw"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "PostScript"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"\0\0[\1\2]\0"), "icon"),
    (re.compile(rb"\xd7\xcd\xc6\x9a|.{40} EMF", re.DOTALL), "Windows metafile"),
    (re.compile(rb"P[1-7]\s"), "PNM"),
    (re.compile(rb"PK\x03\x04"), "ZIP"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<.{0,900}<?svg[\s>]", re.DOTALL | re.IGNORECASE), "SVG"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml)", re.IGNORECASE), "HTML or XML"),
)
_HEAD = 1024


def detect_format(data: bytes) -> Format:
    """The format of a file.

    Raises:
        Rejected: the file is empty, of a format that is not taken, or no image at all.
    """
    if not data:
        raise Rejected(RejectionKind.EMPTY, "the file is empty")
    head = data[:_HEAD]
    for pattern, name in _REFUSED:
        if pattern.match(head):
            raise Rejected(
                RejectionKind.UNSUPPORTED_FORMAT, f"{name} files are not supported; send {TAKEN_FORMATS}"
            )
    for kind, reader in READERS.items():
        if reader.signature.match(head):
            return kind
    raise Rejected(
        RejectionKind.NOT_AN_IMAGE, f"it is not an image of a format that is taken; send {TAKEN_FORMATS}"
    )
