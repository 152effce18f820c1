"""What a file must be to be taken in, as far as its name and its size tell.

One rule for every way in: an upload session asks it of what is announced, ingest of what came.
"""

from __future__ import annotations

from chalicelib.domain.errors import InvalidName, Rejected
from chalicelib.domain.names import check_image_name
from chalicelib.domain.rejection import RejectionKind
from chalicelib.domain.sizes import human_size


def check_acceptable(name: str, size: int, max_file_bytes: int) -> None:
    """Refuse a file that needs no look at its bytes; both sizes are in bytes.

    Raises:
        Rejected: no image may bear its name, it is empty, or it is too large.
    """
    try:
        check_image_name(name)
    except InvalidName as error:
        raise Rejected(RejectionKind.BAD_NAME, f"the file name {error.problem}") from error
    if size == 0:
        raise Rejected(RejectionKind.EMPTY, "it is empty")
    if size > max_file_bytes:
        raise Rejected(
            RejectionKind.TOO_LARGE,
            f"it is {human_size(size)}; a file may have at most {human_size(max_file_bytes)}",
        )


def check_declared_size(declared: int | None, size: int) -> None:
    """Compare the size that was declared, if one was, with the size that came, in bytes.

    Raises:
        Rejected: they differ.
    """
    if declared not in (None, size):
        raise Rejected(RejectionKind.NOT_AS_DECLARED, f"it has {size} bytes where {declared} were declared")
