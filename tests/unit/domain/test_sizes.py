"""Sizes as the published API writes them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.sizes import dataset_size, file_size, human_size

KB, MB, GB = 1024, 1024**2, 1024**3
UNITS = {"B": 1, "KB": KB, "MB": MB, "GB": GB, "TB": 1024 * GB, "PB": 1024**2 * GB}
sizes = st.integers(min_value=0, max_value=2**60)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (957_235, "0.91MB (934.8KB)"),
        (499_507, "0.48MB (487.8KB)"),
        (620_749, "0.59MB (606.2KB)"),
        (886_784, "0.85MB (866.0KB)"),
        (117_862, "0.11MB (115.1KB)"),
        (0, "0.00MB (0.0B)"),
        (1, "0.00MB (1.0B)"),
        (1023, "0.00MB (1023.0B)"),
        (100 * MB, "100.00MB (100.0MB)"),
    ],
)
def test_a_file_size_is_written_as_on_the_published_page(size: int, shown: str) -> None:
    assert file_size(size) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (round(6138.25 * MB), "6138.25MB (6.0GB)"),
        (round(1878.31 * MB), "1878.31MB (1.8GB)"),
        (round(735.76 * MB), "735.76MB (735.8MB)"),
        (957_235 + 499_507 + 620_749, "  1.98MB (2.0MB)"),
        (round(1.02 * MB), "  1.02MB (1.0MB)"),
        (0, "  0.00MB (0.0B)"),
    ],
)
def test_a_dataset_size_is_written_and_padded_as_on_the_published_page(size: int, shown: str) -> None:
    assert dataset_size(size) == shown


@pytest.mark.parametrize(("unit", "size"), list(UNITS.items()))
def test_a_unit_begins_where_it_leaves_one(unit: str, size: int) -> None:
    assert human_size(size) == f"1.0{unit}"


@given(sizes)
@example(KB - 1)
@example(MB - 1)
@example(GB - 1)
def test_the_shown_size_is_the_size_to_one_decimal_in_the_largest_unit(size: int) -> None:
    match = re.fullmatch(r"(\d+\.\d)([KMGTP]?B)", human_size(size))
    assert match is not None
    unit = UNITS[match[2]]
    assert abs(float(match[1]) - size / unit) <= 0.0501
    assert unit == max((value for value in UNITS.values() if value <= size), default=1)


@given(sizes)
def test_file_and_dataset_sizes_differ_only_in_their_padding(size: int) -> None:
    assert dataset_size(size).lstrip() == file_size(size)
    assert len(dataset_size(size).partition("MB")[0]) >= 6
