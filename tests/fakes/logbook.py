"""Reading the log as an operator would: line by line, as it is written."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.logs import LOGGER_NAME, RedactingFormatter


@dataclass
class Logbook:
    """The lines written so far."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        """Everything, as written."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's fields."""
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, message: str) -> list[dict[str, Any]]:
        """The lines that say `message`."""
        return [line for line in self.lines if line["message"] == message]


@contextmanager
def reading_the_log() -> Iterator[Logbook]:
    """Copy what is logged into a logbook."""
    book = Logbook()
    handler = logging.StreamHandler(book.stream)
    handler.setFormatter(RedactingFormatter())
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(handler)
    try:
        yield book
    finally:
        logger.removeHandler(handler)
