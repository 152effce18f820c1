"""Multipart forms, well-formed and not: what is a file, what is its name, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.api.http.limits import MAX_FORM_FILES
from chalicelib.api.http.multipart import UploadForm, parse_upload_form
from chalicelib.domain.errors import InvalidForm
from tests.unit.api.speaking import BOUNDARY, a_form, file_part, text_part

NAME = text_part("Dataset Name", "new")


def parse(*parts: bytes) -> UploadForm:
    """What a form of these parts, after the dataset's name, is understood as."""
    return parse_upload_form(a_form(NAME, *parts), BOUNDARY)


def part(headers: str, content: bytes = b"bytes") -> bytes:
    """A part with these header lines."""
    return headers.encode() + b"\r\n\r\n" + content


def name_of(disposition: str) -> str:
    """The name that a file with these parameters is understood to have."""
    (file,) = parse(part(f"Content-Disposition: form-data; {disposition}")).files
    return file.name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="f"; filename="a b+c%(1).jpg"', "a b+c%(1).jpg"),
        ('name="f"; filename="naïve कार्ड 😀.png"', "naïve कार्ड 😀.png"),
        ('name="f"; filename="folder/sub/a.jpg"', "folder/sub/a.jpg"),
        ('name="f"; filename="../../etc/passwd"', "../../etc/passwd"),
        ('name="f"; filename="a%22b.jpg"', 'a"b.jpg'),
        ('name="f"; filename="a\\"b.jpg"', 'a"b.jpg'),
        ("name=f; filename=plain.jpg", "plain.jpg"),
        ("name=\"f\"; filename*=utf-8''na%C3%AFve%20%F0%9F%98%80.png", "naïve 😀.png"),
        ('name="f"; filename="fallback.png"; filename*=UTF-8\'\'%E0%A4%95.png', "क.png"),
        ("name=\"f\"; filename*=iso-8859-1''na%EFve.png", "naïve.png"),
        ('name="f"; filename="x; filename*=UTF-8\'\'y.png"', "x; filename*=UTF-8''y.png"),
    ],
)
def test_a_file_has_the_name_that_its_client_gave(disposition: str, name: str) -> None:
    assert name_of(disposition) == name


def test_files_keep_their_order_under_any_field_name() -> None:
    names = ["c.jpg", "a.jpg", "b.jpg", "a.jpg"]

    form = parse(*(file_part(name, name.encode(), field) for name, field in zip(names, "xyzx", strict=True)))

    assert [(file.name, file.body) for file in form.files] == [(name, name.encode()) for name in names]


def test_an_empty_file_is_a_file_and_an_empty_file_input_is_none() -> None:
    form = parse(file_part("empty.jpg", b""), file_part("", b""))

    assert [(file.name, file.body) for file in form.files] == [("empty.jpg", b"")]


def test_bytes_without_a_file_name_are_not_lost() -> None:
    form = parse(
        part('Content-Disposition: form-data; name="f"\r\nContent-Type: image/png'),
        file_part("", b"bytes"),
    )

    assert [(file.name, file.body) for file in form.files] == [("", b"bytes"), ("", b"bytes")]


def test_a_file_name_that_is_too_long_for_any_store_does_not_spoil_the_form() -> None:
    form = parse(file_part("n" * 5_000 + ".jpg"), file_part("good.jpg"))

    assert [len(file.name) for file in form.files] == [5_004, 8]


def test_as_many_files_as_are_allowed_come_through() -> None:
    form = parse(*(file_part(f"{number}.jpg", b"") for number in range(MAX_FORM_FILES)))

    assert len(form.files) == MAX_FORM_FILES


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([file_part("a", b"")] * (MAX_FORM_FILES + 1), id="too many files"),
        pytest.param([text_part("x", "")] * 5_000 + [file_part("a.jpg")], id="thousands of fields"),
        pytest.param(
            [part('Content-Disposition: form-data; name="f"; filename="a"\r\nX: ' + "x" * 100_000)],
            id="a huge header",
        ),
        pytest.param(
            [part('Content-Disposition: form-data; name="f"; filename="a"' + "\r\nX: y" * 100)],
            id="many headers",
        ),
        pytest.param([part("Content-Type: image/jpeg")], id="no disposition"),
        pytest.param(
            [part('Content-Disposition: attachment; name="f"; filename="a.jpg"')], id="another disposition"
        ),
        pytest.param([part('Content-Disposition: form-data; filename="a.jpg"')], id="no field name"),
        pytest.param([part("no header at all")], id="a line that is no header"),
        pytest.param(
            [part('Content-Disposition: form-data; name="f"; filename="a.jpg"\r\nContent-Length: 99')],
            id="a wrong length",
        ),
        pytest.param(
            [part("Content-Disposition: form-data; name=\"f\"; filename*=utf-8''%FF.jpg")],
            id="a name that is not UTF-8",
        ),
        pytest.param(
            ['Content-Disposition: form-data; name="f"; filename="ï.jpg"'.encode("latin-1") + b"\r\n\r\n"],
            id="a latin-1 header",
        ),
    ],
)
def test_a_part_that_breaks_the_rules_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(InvalidForm):
        parse(*parts)


def test_a_form_cut_at_any_byte_is_refused() -> None:
    whole = a_form(NAME, file_part("a.jpg"))
    accepted = [end for end in range(len(whole)) if _is_accepted(whole[:end])]

    # The line break after the last boundary is optional.
    assert accepted == [len(whole) - 2, len(whole) - 1]


@pytest.mark.parametrize("boundary", ["", "other", "a" * 5_000, "a\nb"])
def test_a_boundary_that_does_not_fit_is_refused(boundary: str) -> None:
    with pytest.raises(InvalidForm):
        parse_upload_form(a_form(NAME, file_part("a.jpg")), boundary)


def test_line_feeds_without_carriage_returns_are_refused() -> None:
    with pytest.raises(InvalidForm):
        parse_upload_form(a_form(NAME, file_part("a.jpg")).replace(b"\r\n", b"\n"), BOUNDARY)


@settings(deadline=None)
@given(
    st.lists(
        st.binary(max_size=60) | st.sampled_from([b"\r\n", b"\r\n--", b"--a-boundar", b"\r"]),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_bytes_go_in_come_out(contents: list[bytes]) -> None:
    form = parse(*(file_part(f"{number}", content) for number, content in enumerate(contents)))

    assert [file.body for file in form.files] == contents


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_a_form_or_a_refusal(body: bytes) -> None:
    _is_accepted(body)
    _is_accepted(b"--a-boundary\r\n" + body + b"\r\n--a-boundary--")


def _is_accepted(body: bytes) -> bool:
    try:
        form = parse_upload_form(body, BOUNDARY)
    except InvalidForm:
        return False
    return bool(form.dataset_name and form.files)
