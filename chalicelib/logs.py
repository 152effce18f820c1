"""The log: one structured line per request and per ingested object.

The logger is shared by threads, so a line gets its fields as `extra`, never as keys appended to
the logger. Chalice logs by the same name, and so in the same form.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

LOGGER_NAME = "nebula"
_SECRETS = re.compile(
    r"(?<=\?)[^\s'\"<>\\]*(?:X-Amz-|Signature=)[^\s'\"<>\\]*"  # the query of a presigned URL
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a token
    r"|(?<=://)[^\s/@'\"]+(?=@)"  # user and password in a database's URL
)


class RedactingFormatter(LambdaPowertoolsFormatter):
    """Strikes out secrets that a library put into the words of its exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        return _SECRETS.sub("[secret]", super().format(record))


def _make_logger() -> Logger:
    logger = Logger(
        service=LOGGER_NAME,
        level="INFO",
        logger_formatter=RedactingFormatter(utc=True, use_rfc3339=True, location=None),
    )
    logging.getLogger(LOGGER_NAME).propagate = False
    return logger


_logger = _make_logger()


def set_level(level: str) -> None:
    """Log from this level on."""
    _logger.setLevel(level)


def log_request(fields: Mapping[str, object]) -> None:
    """The line of one answered request."""
    _logger.info("request", extra=dict(fields))


def log_ingest(fields: Mapping[str, object]) -> None:
    """The line of one ingested object."""
    _logger.info("ingest", extra=dict(fields))


def log_sweep(report: Mapping[str, object]) -> None:
    """The line of one sweep."""
    _logger.info("sweep", extra=dict(report))


def log_fault(what: str, error: BaseException, fields: Mapping[str, object]) -> None:
    """What went wrong that nobody asked for, with its traceback."""
    _logger.error(what, exc_info=error, extra=dict(fields))
