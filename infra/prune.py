"""Takes out of the installed wheels what no function ever loads."""

from __future__ import annotations

import shutil
from pathlib import Path

NEVER_LOADED = (
    "bin",  # command line scripts
    "images",  # imagehash's sample pictures
    "**/tests",
    "**/__pycache__",
    "**/*.pyi",
    "**/*.a",
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.exe",
    "numpy/f2py",  # the Fortran binding generator
    "numpy/distutils",
    "numpy/_pyinstaller",
    "numpy/doc",
    "pycparser/*_grammar*",
    "*.dist-info/sboms",
)
"""Patterns below the folder of installed packages. `*.dist-info` stays: licences and wheel tags."""


def prune(folder: Path) -> int:
    """Remove what is never loaded; returns the bytes saved."""
    before = size_of(folder)
    for pattern in NEVER_LOADED:
        for path in sorted(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    return before - size_of(folder)


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
