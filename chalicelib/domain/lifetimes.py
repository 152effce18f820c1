"""How long what is given out stays valid."""

from __future__ import annotations

from datetime import timedelta

PUT_URL = timedelta(hours=1)
"""A presigned request of an upload session; the session gives new ones."""
UPLOAD_SESSION = timedelta(days=7)
"""As long as the bucket keeps files under `incoming/`, and calls are known by their idempotency key."""
LARGE_REPLY_URL = timedelta(minutes=15)
"""From the redirect to the start of the download; the object itself expires after a day."""
FILE_URL = timedelta(minutes=5)
"""From the redirect of a persisted file to the start of its download."""
FILE_REDIRECT = FILE_URL - timedelta(minutes=1)
"""Of that redirect itself, which a client may use again: what it leads to has to outlive it."""
