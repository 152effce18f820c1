"""Sizes as the published API writes them; units are of 1,024."""

from __future__ import annotations

_MEGABYTE = 1024 * 1024
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def human_size(size: int) -> str:
    """`934.8KB`: one decimal, the largest unit that leaves at least 1. `size` is in bytes."""
    thousands = min(max(0, size.bit_length() - 1) // 10, len(_UNITS) - 1)
    return f"{size / (1 << 10 * thousands):.1f}{_UNITS[thousands]}"


def file_size(size: int) -> str:
    """`0.91MB (934.8KB)`; `size` is in bytes."""
    return f"{size / _MEGABYTE:.2f}MB ({human_size(size)})"


def dataset_size(size: int) -> str:
    """`  1.98MB (2.0MB)`, padded as the published page pads it; `size` is in bytes."""
    return f"{size / _MEGABYTE:6.2f}MB ({human_size(size)})"
