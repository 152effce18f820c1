"""The multipart form of create and update: a dataset's name, and files under any field name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import TYPE_CHECKING, ClassVar, cast

from chalicelib.api.http.call import Call
from chalicelib.api.http.errors import RequestTooLarge, UnsupportedMediaType
from chalicelib.api.http.limits import MAX_FORM_FIELDS, MAX_FORM_FILES, MAX_PART_HEADER_BYTES
from chalicelib.api.http.parsing import Errors
from chalicelib.domain.errors import InvalidForm, InvalidName
from chalicelib.domain.names import check_dataset_name
from chalicelib.domain.uploads import UploadedFile

# The parser is imported where a form is read: the ingest function loads this module, and reads none.
if TYPE_CHECKING:
    from multipart import MultipartSegment

NAME_FIELDS = ("Dataset Name", "Dataset name", "datasetName", "name")
"""Fields that may hold the dataset's name; the first of them that is there does."""
MAX_AUDITED_NAME = 255
_BYTES = re.compile("image/|application/octet-stream", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that was understood: it names a dataset and holds at least one file."""

    dataset_name: str
    files: list[UploadedFile] = field(repr=False)

    @property
    def file_names(self) -> list[str]:
        """The files' names as the client gave them, or their beginnings."""
        return [file.name[:MAX_AUDITED_NAME] for file in self.files]


@dataclass(frozen=True, slots=True)
class UploadFormBody:
    """Reads the body as a form; `name_field` is how the published page calls the dataset's name there."""

    name_field: str
    raises: ClassVar[Errors] = (UnsupportedMediaType, RequestTooLarge, InvalidForm)

    def __call__(self, call: Call) -> UploadForm:
        """The request's form.

        Raises:
            UnsupportedMediaType: the body is declared to be something else than a form.
            RequestTooLarge: it is over the limit.
            InvalidForm: it is no form, or one without a name or without a file.
        """
        from multipart import parse_options_header

        call.require_media_type("multipart/form-data", or_none=True)
        _, options = parse_options_header(call.header("content-type"))  # type: ignore[no-untyped-call]
        return parse_upload_form(call.body(), options.get("boundary", ""))


def parse_upload_form(body: bytes, boundary: str) -> UploadForm:
    """Parse a form; each file's bytes are copied once, out of the body.

    Raises:
        InvalidForm: it is malformed, over a limit, or lacks a name or a file.
    """
    from multipart import MultipartError

    files: list[UploadedFile] = []
    fields: dict[str, bytes] = {}
    try:
        for segment, content in _parts(body, boundary):
            file_name = _file_name(segment)
            if file_name is None:
                _add_field(fields, segment.name or "", content)
            elif file_name or content:  # else: a browser's file input that was left empty
                files.append(UploadedFile(file_name, content))
        name = _dataset_name(fields)
    except (MultipartError, UnicodeDecodeError) as error:
        raise InvalidForm(str(error)) from error
    if not files or len(files) > MAX_FORM_FILES:
        raise InvalidForm(f"{len(files)} files, where 1 to {MAX_FORM_FILES} are taken")
    return UploadForm(name, files)


def _parts(body: bytes, boundary: str) -> Iterator[tuple[MultipartSegment, bytes]]:
    """Each part with its content. The body is one chunk, so that a content is one piece."""
    from multipart import MultipartSegment, PushMultipartParser

    parser = PushMultipartParser(
        boundary,
        content_length=len(body),
        max_header_size=MAX_PART_HEADER_BYTES,
        max_segment_count=MAX_FORM_FILES + MAX_FORM_FIELDS,
        strict=True,
    )
    with parser:
        segment, content = None, b""
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, content = event, b""
            elif event is not None:
                content = content + event if content else event
            elif segment is not None:
                yield segment, content


def _file_name(segment: MultipartSegment) -> str | None:
    """A file part's name as the client gave it, perhaps empty; None for a text part.

    Some clients put names beyond ASCII into `filename*` alone (RFC 5987), which the parser leaves
    to us. A part without any file name that says it is a picture or bytes is a file too: nothing is lost.
    """
    disposition = segment.header("Content-Disposition")
    if "filename*" in disposition.lower():
        header = Message()
        header["Content-Disposition"] = disposition
        # What is extended comes as a tuple (charset, language, text), which typeshed does not say.
        parameters = cast("list[tuple[str, object]]", header.get_params([], "Content-Disposition"))
        for name, value in parameters:
            if name.lower() == "filename" and isinstance(value, tuple):
                return collapse_rfc2231_value(value, errors="strict")
    if segment.filename is None and _BYTES.match(segment.content_type or ""):
        return ""
    return segment.filename


def _add_field(fields: dict[str, bytes], name: str, content: bytes) -> None:
    if name in NAME_FIELDS and fields.setdefault(name, content) != content:
        raise InvalidForm("two different values of the dataset name")


def _dataset_name(fields: dict[str, bytes]) -> str:
    """The dataset's name, exactly as given."""
    given = next((fields[name] for name in NAME_FIELDS if name in fields), None)
    if given is None:
        raise InvalidForm("no dataset name")
    try:
        return check_dataset_name(given.decode())
    except InvalidName as error:
        raise InvalidForm(f"the dataset name {error.problem}") from error
