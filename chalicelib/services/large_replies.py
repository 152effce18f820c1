"""Replies too large for a function to return: they go to the bucket, the client to them."""

from __future__ import annotations

import secrets

from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.layout import Layout
from chalicelib.domain.lifetimes import LARGE_REPLY_URL
from chalicelib.ports.objects import ObjectStore


class LargeReplies:
    """Publishes large replies under `exports/`."""

    def __init__(self, *, store: ObjectStore, layout: Layout) -> None:
        self._store = store
        self._layout = layout

    def publish(
        self, body: bytes, *, file_name: str, content_type: str, content_encoding: str | None = None
    ) -> str:
        """Store a reply's body; returns a presigned URL that serves it under `file_name`."""
        key = ObjectKey(f"{self._layout.exports}{secrets.token_hex(16)}/{file_name}")
        self._store.put(key, body, content_type=content_type, content_encoding=content_encoding)
        return self._store.url_for_get(
            key,
            expires_in=int(LARGE_REPLY_URL.total_seconds()),
            content_type=content_type,
            content_disposition=f'attachment; filename="{file_name}"',
        )
