"""What a file's structure tells before its pixels are decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Container:
    """A file of one of the formats that are decoded whole (all but JPEG).

    pictures: frames or pages in it; only one is taken.
    orientation: EXIF, 1 to 8.
    extra_bytes: memory that the decoder needs beside the decoded picture.
    doubt: what about the structure is not as it should be, though the pixels may decode.
    """

    pictures: int = 1
    orientation: int = 1
    extra_bytes: int = 0
    doubt: str | None = None
