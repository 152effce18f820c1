"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.errors import Rejected
from chalicelib.domain.rejection import RejectionKind

_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """Bounds on one picture; a file beyond any of them is rejected before its pixels are decoded.

    max_pixels: width × height. 128 megapixels let the largest camera and scanner pictures
        through (12,000×9,000 has 108).
    max_side: pixels along either edge; more is a crafted file, or a panorama that no one can train on.
    max_decode_bytes: memory that the decoder will need, in bytes: 4 bytes for each of 128 million
        pixels, and half of what a function of 1 GB has.
    max_scan_pixels: pixels × scans of a progressive JPEG, which bounds its decoding time (about
        10 ns each): 10 scans, the usual number, of the largest picture, with as much to spare.
    """

    max_pixels: int = 128 * _MEGA
    max_side: int = 32_768
    max_decode_bytes: int = 512 * _MEGA
    max_scan_pixels: int = 2_000 * _MEGA

    def check_size(self, width: int, height: int) -> None:
        """Refuse a picture of no or of too many pixels.

        Raises:
            Rejected: it has no pixels, too long a side, or too many pixels.
        """
        if width < 1 or height < 1:
            raise Rejected(RejectionKind.DAMAGED, f"it declares a picture of {width}×{height} pixels")
        if max(width, height) > self.max_side:
            raise Rejected(
                RejectionKind.TOO_MANY_PIXELS,
                f"{width}×{height} pixels: a side may have at most {self.max_side}",
            )
        if width * height > self.max_pixels:
            raise Rejected(
                RejectionKind.TOO_MANY_PIXELS,
                f"{width}×{height} pixels are {width * height / _MEGA:.1f} megapixels;"
                f" at most {self.max_pixels / _MEGA:g} are taken",
            )

    def check_memory(self, needed: int) -> None:
        """Refuse a picture whose decoder would need more than `max_decode_bytes` bytes.

        Raises:
            Rejected: it would.
        """
        if needed > self.max_decode_bytes:
            raise Rejected(
                RejectionKind.TOO_COSTLY,
                f"decoding it would need {needed / _MEGA:.0f} MB of memory;"
                f" at most {self.max_decode_bytes / _MEGA:.0f} MB are given",
            )

    def check_scans(self, pixels: int, scans: int) -> None:
        """Refuse a JPEG that passes over its pixels too often.

        Raises:
            Rejected: pixels × scans exceed `max_scan_pixels`, or there are more than 200 scans.
        """
        if scans > 200 or pixels * scans > max(self.max_scan_pixels, pixels):
            raise Rejected(
                RejectionKind.TOO_COSTLY,
                f"its {scans} scans of {pixels / _MEGA:.1f} megapixels would take too long to decode",
            )
