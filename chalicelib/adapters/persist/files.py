"""Reads files back from where their URLs lead: the embedded store, or a service over HTTP.

A dataset may hold both kinds: the setting that chooses the service decides about new files only.
"""

from __future__ import annotations

import re
from contextlib import suppress

from chalicelib.adapters.persist.http_downloads import HttpDownloads
from chalicelib.domain.errors import ObjectChanged
from chalicelib.domain.images import PersistedFile
from chalicelib.domain.layout import Layout
from chalicelib.ports.objects import ObjectStore

_EMBEDDED = re.compile(r"/api/files/(?P<id>[^/]+)/download/(?P<name>[^/]+)")


class PersistedFileReader:
    """`ports.PersistedFiles` over the embedded store and HTTP. Safe to share between threads."""

    def __init__(self, store: ObjectStore, layout: Layout, downloads: HttpDownloads) -> None:
        self._store = store
        self._layout = layout
        self._downloads = downloads

    def fetch(self, persisted: PersistedFile) -> bytes | None:
        embedded = _EMBEDDED.fullmatch(persisted.url)
        if embedded is None:
            return self._downloads.fetch(persisted.url)
        for key in self._layout.persist_keys(embedded["id"], embedded["name"]):
            with suppress(ObjectChanged):
                return self._store.get(key).body
        return None
