"""Identities: one type for each, so that a key cannot be passed as an id."""

from __future__ import annotations

from typing import NewType

DatasetId = NewType("DatasetId", str)
"""24 hex characters."""
ImageId = NewType("ImageId", str)
"""24 hex characters."""
UploadId = NewType("UploadId", str)
"""24 hex characters; names one multipart request or one upload session."""
ReceiptId = NewType("ReceiptId", str)
"""32 hex characters; the identity of one upload of one file."""
ObjectKey = NewType("ObjectKey", str)
"""The key of an object in the bucket, decoded."""
