"""BMP files: hardly any structure."""

from __future__ import annotations

import io
import re
import struct

from PIL import BmpImagePlugin

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind
from chalicelib.imaging.decode import decode_whole
from chalicelib.imaging.limits import InspectionLimits
from chalicelib.imaging.picture import Container, Picture, Reader

_SIZE, _COMPRESSION = 18, 30
_WINDOWS_HEADER = 40
_RUN_LENGTHS = (1, 2)
_MAX_RUN_LENGTH_PIXELS = 4_000_000


def decode(data: bytes, limits: InspectionLimits) -> Picture:
    """Decode a BMP.

    Raises:
        Rejected: it is beyond a limit.
        OSError, ValueError and others of a decoder: it does not decode to its end.
    """
    declared, header = struct.unpack_from("<I8xI", data, 2)
    if header >= _WINDOWS_HEADER:
        _check_run_lengths(data)
    doubt = "the file is shorter than it claims" if declared > len(data) else None
    return decode_whole(io.BytesIO(data), Container(doubt=doubt), BmpImagePlugin.BmpImageFile, limits)


def _check_run_lengths(data: bytes) -> None:
    """Pillow decodes run-length BMPs in Python, at a microsecond a run."""
    width, height = struct.unpack_from("<ii", data, _SIZE)
    (compression,) = struct.unpack_from("<I", data, _COMPRESSION)
    if compression in _RUN_LENGTHS and abs(width * height) > _MAX_RUN_LENGTH_PIXELS:
        raise Rejected(RejectionKind.TOO_COSTLY, "run-length encoded BMP files may have at most 4 megapixels")


READER = Reader(re.compile(rb"BM"), decode)
