"""How a receipt begins: what is drawn once per upload, so that every attempt repeats the same writes."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import count

from chalicelib.domain.formats import extension_of
from chalicelib.domain.ids import DatasetId, ImageId, ObjectKey, ReceiptId, UploadId
from chalicelib.domain.images import ImageFacts
from chalicelib.domain.receipts import Receipt, ReceiptState
from chalicelib.domain.uploads import Source


def new_upload_id() -> UploadId:
    """A fresh id for a request or session."""
    return UploadId(_timed_id())


def new_image_id() -> ImageId:
    """A fresh image id, made as MongoDB makes its own: time, process, counter.

    Neighbours differ in a few characters only, which makes a large reply a tenth smaller.
    """
    number = next(_numbers) & 0xFFFFFF
    return ImageId(f"{int(time.time()):08x}{_random_of(os.getpid())}{number:06x}")


_numbers = count(secrets.randbits(24))


@lru_cache(maxsize=1)
def _random_of(_pid: int) -> str:
    """Ten hex characters of this process's own, also when it was forked from another."""
    return secrets.token_hex(5)


def _timed_id() -> str:
    """24 hex characters that begin with the time, as MongoDB's own ids do: an index grows at its end."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def new_persist_name() -> str:
    """32 random hex characters: whoever does not know them cannot find the file."""
    return secrets.token_hex(16)


def persist_file_name(receipt: Receipt, facts: ImageFacts) -> str:
    """What a file is called at persist: 64 hex characters and a suffix, the same at every attempt.

    The first half is random and guards the file. The second half is the beginning of its SHA-256,
    which adds nothing to find out for whoever has the file, and which a details row bears anyway:
    compressed, it takes no room there.
    """
    suffix = extension_of(receipt.name, facts.format)
    return f"{receipt.persist_name}{facts.sha256[:32]}.{suffix}"


def upload_order(at: datetime, upload: str, n: int = 0) -> str:
    """The sort key of an upload: when it began, then its place in the request.

    `upload` keeps two uploads of the same millisecond apart.
    """
    return f"{first_order(at)}-{upload}-{n:06d}"


def first_order(at: datetime) -> str:
    """The sort key that no upload of this time or later comes before."""
    return f"{int(at.timestamp() * 1000):013d}"


def new_receipt(
    receipt_id: ReceiptId,
    source: Source,
    key: ObjectKey,
    name: str,
    *,
    order: str,
    uploaded_by: str,
    at: datetime,
    dataset_id: DatasetId | None = None,
    upload_id: UploadId | None = None,
    declared_size: int | None = None,
    declared_sha256: str | None = None,
) -> Receipt:
    """The receipt of an upload that begins at `at`."""
    return Receipt(
        id=receipt_id,
        source=source,
        key=key,
        name=name,
        dataset_id=dataset_id,
        upload_id=upload_id,
        order=order,
        uploaded_by=uploaded_by,
        announced_at=at,
        image_id=new_image_id(),
        persist_name=new_persist_name(),
        declared_size=declared_size,
        declared_sha256=declared_sha256,
    )


def renewed_receipt(receipt: Receipt, at: datetime) -> Receipt:
    """A fresh start for the same upload: its file was put again after it had been settled."""
    return replace(
        receipt,
        order=upload_order(at, receipt.id),
        announced_at=at,
        image_id=new_image_id(),
        persist_name=new_persist_name(),
        state=ReceiptState.EXPECTED,
        reason=None,
        code=None,
        attempts=0,
        persisted=None,
        finished_at=None,
    )
