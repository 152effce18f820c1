"""What can go wrong, in the words of the domain.

Three branches: the caller's mistakes (`RequestError`), a file that can never become an image
(`Rejected`), and a dependency's fault that another attempt may cure (`TransientFault`).
`api/http/errors.py` maps them to HTTP; nothing here knows a status code.
"""

from __future__ import annotations

from .rejection import RejectionKind


class NebulaError(Exception):
    """Base of every error that Nebula raises on purpose."""


class RequestError(NebulaError):
    """The caller asked for something that cannot be done as asked."""


class InvalidJson(RequestError):
    """The body is not JSON."""


class InvalidParameters(RequestError):
    """A key is missing, of the wrong type, or a value is malformed."""


class InvalidForm(RequestError):
    """A multipart body lacks a name or a file, or is malformed."""


class InvalidName(RequestError):
    """A dataset or file name breaks the rules of `domain/names.py`."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name!r} {problem}")
        self.name = name
        self.problem = problem


class DatasetNotFound(RequestError):
    """No dataset has this id or name."""

    def __init__(self, dataset: str) -> None:
        super().__init__(f"no dataset {dataset!r}")
        self.dataset = dataset


class DatasetNameTaken(RequestError):
    """A dataset of this name exists already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a dataset named {name!r} exists already")
        self.name = name


class UploadNotFound(RequestError):
    """No upload session has this id, or it has expired."""

    def __init__(self, upload: str) -> None:
        super().__init__(f"no upload session {upload!r}")
        self.upload = upload


class FileNotFound(RequestError):
    """No stored file stands behind this URL."""


class InvalidToken(RequestError):
    """The token is missing, malformed, expired, wrongly signed or not meant for this service."""


class InsufficientRole(RequestError):
    """The token is valid, its role too low for the route."""

    def __init__(self, role: str, needed: str) -> None:
        super().__init__(f"role {role!r} where {needed!r} is needed")
        self.role = role
        self.needed = needed


class Rejected(NebulaError):
    """This file can never become an image: of what kind the reason is, and what its uploader reads."""

    def __init__(self, kind: RejectionKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind


class TransientFault(NebulaError):
    """A dependency failed in a way that another attempt may cure."""

    def __init__(self, dependency: str, problem: str) -> None:
        super().__init__(f"{dependency}: {problem}")
        self.dependency = dependency
        self.problem = problem


class ObjectChanged(TransientFault):
    """The object was replaced or removed while it was being read."""

    def __init__(self, key: str) -> None:
        super().__init__("S3", f"{key} changed while it was being read")
        self.key = key


class IngestInProgress(TransientFault):
    """Another invocation is at work on the same upload right now."""

    def __init__(self, receipt_id: str) -> None:
        super().__init__("ingest", f"receipt {receipt_id} is being worked on")
        self.receipt_id = receipt_id
