"""What there is to know about an image file, from one pass over its bytes and one decode.

1. The format is told by the file's first bytes.
2. Its structure is read without decoding (size, number of pictures, EXIF orientation, where it
   ends); whatever would cost more than `InspectionLimits` allow is refused here.
3. The pixels are decoded to their end, JPEG at a fraction of its size (`formats.jpeg`), the
   rest whole and then reduced (`decode`).
4. Hash, thumbnail and, for formats that browsers cannot show, a preview are made of the small
   picture and turned upright, never the large one.

A multi-picture JPEG (MPO, as phones write for portraits and HDR) counts as the JPEG that its first
picture is. Safe to call from many threads at once: nothing is shared, and decoders and hashing
release the GIL.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from PIL import Image

from chalicelib.domain.errors import Rejected
from chalicelib.domain.formats import FILE_TYPES, Format
from chalicelib.domain.images import ImageFacts
from chalicelib.domain.rejection import RejectionKind

from .formats import READERS
from .hash import SIDE, perceptual_hash
from .limits import InspectionLimits
from .picture import Picture
from .signatures import detect_format
from .thumbnail import make_preview, make_thumbnail, turn_upright

__all__ = ["InspectionLimits", "inspect_image"]

_DEFAULT_LIMITS = InspectionLimits()

# What decoders raise for malformed bytes, as found by mutating files and by reading Pillow, which
# promises nothing. MemoryError is not among them: the limits leave no file that deserves it, and a
# machine that is short of memory is no reason to refuse a picture for good.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    struct.error,
    EOFError,
    RuntimeError,
    LookupError,
    ArithmeticError,
)


def inspect_image(data: bytes | memoryview, limits: InspectionLimits = _DEFAULT_LIMITS) -> ImageFacts:
    """Find out what an image file holds, and that it holds it whole.

    Args:
        data: the file. A memoryview is copied once; bytes are not.
        limits: what decoding it may cost.

    Returns:
        Format, stored size, orientation, SHA-256 of the file, perceptual hash, thumbnail and preview of the
        upright picture; `suspect` where the file decodes to its end, yet something is odd about it.

    Raises:
        Rejected: the file is empty, no image of a supported format, cut off, damaged, animated or
            multi-page, or beyond the limits. The message says which, in words for its uploader.
    """
    content = bytes(data)
    detected_format = detect_format(content)
    decoded = _decode(content, detected_format, limits)
    preview = None if FILE_TYPES[detected_format].shown_by_browsers else make_preview(decoded)
    picture = decoded.reduced()
    small = picture.gray.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=picture.box)
    return ImageFacts(
        format=detected_format,
        width=picture.shown_size[0],
        height=picture.shown_size[1],
        orientation=picture.told_orientation,
        sha256=hashlib.sha256(content).hexdigest(),
        perceptual_hash=perceptual_hash(np.asarray(turn_upright(small, picture.orientation))),
        thumbnail=make_thumbnail(picture),
        preview=preview,
        suspect=picture.doubt,
    )


def _decode(content: bytes, detected_format: Format, limits: InspectionLimits) -> Picture:
    """The one border where a decoder's exception becomes a reason."""
    try:
        return READERS[detected_format].decode(content, limits)
    except _DECODER_ERRORS as error:
        # What the library says of it says nothing to an uploader; it is the cause, for the log.
        label = FILE_TYPES[detected_format].label
        raise Rejected(
            RejectionKind.DAMAGED,
            f"the {label} is cut off or damaged: its picture does not decode to its end; send the whole file",
        ) from error
