"""What a dataset and an image may be called.

A name is kept exactly as given or refused: nothing is trimmed or replaced. Limits come from the
bucket: S3 keys hold 1,024 bytes, and a trove key holds both names.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from chalicelib.domain.ids import ReceiptId

from .errors import InvalidName

MAX_DATASET_NAME_BYTES = 500
"""Of the percent-encoded name, as it stands in a trove key."""
MAX_IMAGE_NAME_BYTES = 255
"""In UTF-8: what file systems allow, where exports end."""
_MAX_EXTENSION_BYTES = 32
"""What is longer belongs to the name: a suffix goes behind it."""


def check_dataset_name(name: str) -> str:
    """Return `name` if a dataset may bear it.

    Raises:
        InvalidName: it is blank, `.` or `..`, too long, or holds control or unpaired characters.
    """
    if not name.strip():
        raise InvalidName(name, "is blank")
    _check_characters(name)
    if len(encode_dataset_name(name)) > MAX_DATASET_NAME_BYTES:
        raise InvalidName(name, f"is longer than {MAX_DATASET_NAME_BYTES} bytes when percent-encoded")
    return name


def check_image_name(name: str) -> str:
    """Return `name` if an image may bear it.

    Raises:
        InvalidName: it is blank, `.` or `..`, too long, holds a slash, or control or unpaired
            characters.
    """
    if not name.strip():
        raise InvalidName(name, "has no file name")
    if "/" in name:
        raise InvalidName(name, "holds a slash")
    _check_characters(name)
    if len(name.encode()) > MAX_IMAGE_NAME_BYTES:
        raise InvalidName(name, f"is longer than {MAX_IMAGE_NAME_BYTES} bytes")
    return name


def _check_characters(name: str) -> None:
    if name in (".", ".."):
        raise InvalidName(name, "is not a name")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise InvalidName(name, "holds control characters")


def encode_dataset_name(name: str) -> str:
    """The dataset name as one folder of a trove key: percent-encoded, slashes too."""
    return quote(name, safe="")


def base_name(path: str) -> str:
    """The last component of a client's path, whichever slash its system uses."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def names_to_try(name: str, receipt_id: ReceiptId) -> tuple[str, ...]:
    """An image's own name, then what it gets when that is taken: the same on every attempt.

    The last one bears the whole identity of the upload, so no other upload can have it.
    """
    return (name, *(_with_suffix(name, f"-{receipt_id[:length]}") for length in (8, 32)))


def _with_suffix(name: str, suffix: str) -> str:
    """The suffix stands before the extension; a name too long for both is cut before it."""
    path = PurePosixPath(name)
    stem, extension = path.stem, path.suffix
    if len(extension.encode()) > _MAX_EXTENSION_BYTES:
        stem, extension = name, ""
    room = MAX_IMAGE_NAME_BYTES - len(suffix) - len(extension.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix + extension


def file_type(name: str, detected_format: str) -> str:
    """The published `fileType`: the name's extension in capitals, else the detected format."""
    dot = name.rfind(".")  # not pathlib: a details reply asks this of 16,000 names
    return name[dot + 1 :].upper() if dot > 0 and name[dot + 1 :] else detected_format
