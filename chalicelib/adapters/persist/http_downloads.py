"""Reads files back from a persist service over HTTP."""

from __future__ import annotations

import requests

from chalicelib.domain.errors import TransientFault

_TIMEOUT = (3.0, 15.0)
_MOST_BYTES = 101 * 1024 * 1024
"""A little over what the service takes."""


class HttpDownloads:
    """Downloads by URL. Safe to share between threads."""

    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()

    def fetch(self, url: str) -> bytes | None:
        """The file that a URL leads to; None if it is not there any more, or is none of ours.

        Raises:
            TransientFault: the service did not answer. No message holds the URL: whoever knows it
                has the file.
        """
        try:
            with self._session.get(url, timeout=_TIMEOUT, stream=True) as response:
                if response.status_code in (404, 410):
                    return None
                if response.status_code != 200:
                    raise TransientFault("persist", f"answered {response.status_code} to a download")
                return _read(response)
        except requests.RequestException as error:
            raise TransientFault("persist", f"no answer to a download: {type(error).__name__}") from error


def _read(response: requests.Response) -> bytes | None:
    body = bytearray()
    for block in response.iter_content(1024 * 1024):
        body += block
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)
