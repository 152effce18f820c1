"""Why a file can never become an image: one code for each kind of reason.

The codes are public. Receipts, replies and the metric `RejectedBy` bear them, clients react to them and
translate them; so a code is never renamed, and a new kind of reason gets a code of its own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class RejectionKind(StrEnum):
    """Why a file was rejected. `meaning` says it in words, for the documents."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """A member: its public code, and what it means."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    EMPTY = "empty", "the file has no bytes"
    NOT_AN_IMAGE = "not-an-image", "the file is no picture of any known format"
    UNSUPPORTED_FORMAT = "unsupported-format", "a format that is not taken; the reason names it"
    UNSUPPORTED_PICTURE = (
        "unsupported-picture",
        "a format that is taken, in a variety that is not (lossless JPEG, pixels without an agreed look)",
    )
    SEVERAL_PICTURES = (
        "several-pictures",
        "an animation, several pages or a sequence; a file holds one picture",
    )
    DAMAGED = "damaged", "the picture is cut off or damaged"
    TOO_LARGE = "too-large", "the file has more bytes than a file may have"
    TOO_MANY_PIXELS = "too-many-pixels", "a side, or width × height, is beyond the limit"
    TOO_COSTLY = "too-costly", "decoding the picture would take more memory or time than one picture may"
    BAD_NAME = "bad-name", "no image may have the file's name"
    NOT_AS_DECLARED = (
        "not-as-declared",
        "the bytes that came are not those that were announced (size, sha256)",
    )
    MISPLACED = "misplaced", "the file lies where no dataset can be told, or was never announced"
    NOT_RECEIVED = "not-received", "the file was announced and did not arrive, or could not be kept"
    GONE = "gone", "the file was removed or replaced before it was read"

    @classmethod
    def of(cls, code: str | None) -> RejectionKind | None:
        """The kind with this code; None for receipts from before the codes, or of a later version."""
        return next((kind for kind in cls if kind == code), None)
