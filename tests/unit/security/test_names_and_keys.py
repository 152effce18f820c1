"""Names as attackers choose them, through the whole system: they come out as they went in, or are refused."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidName
from chalicelib.domain.names import base_name, check_dataset_name
from tests.contracts.nasty_names import NASTY_NAMES
from tests.unit.api.speaking import file_part, text_part

from .conftest import PHOTO, Whole, a_whole_system, may_be_an_image

KEY_OF_A_COPY = re.compile(r"trove/[^/]+/[^/]+")

TRAVERSALS = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "...",
    "../",
    "..\\..\\windows\\system32\\a.jpg",
    "C:\\secret\\a.jpg",
    "%2e%2e%2fa.jpg",
    "%2e%2e/%2e%2e/a.jpg",
    "..%c0%af..%c0%afa.jpg",
    "....//....//a.jpg",
    "~/.ssh/id_rsa",
    "a/./b/../c.jpg",
    "trove/cards/a.jpg",
    "\uff0e\uff0e\uff0fa.jpg",
]
STRANGE = [
    "\u202egpj.exe",
    "раураl.jpg",
    "a\u200bb.jpg",
    "\ufeffa.jpg",
    "\u2028.jpg",
    "a.jpg\u00a0",
    "ﷺ" * 20,
    "Z̸̡̢̛̗̘̙̜̝̞̟̠̤̥̦̩̪̫̬̭̮̯̰̱̲̳̹̺̻̼͇͈͉͍͎.jpg",
]
SPOILING = ["\x00.jpg", "a\x00.jpg", "a\x1b[31m.jpg", "a\x7f.jpg", "a\x85.jpg", "a\tb.jpg"]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\t=1",
    '=HYPERLINK("http://x","y")',
    "=1,2",
]

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
# What a form's header can carry as it is: no line break, quote or backslash.
plain = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\%'), min_size=1, max_size=120
)
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def escaped(name: str) -> str:
    """A name as browsers write it into a part's header."""
    return name.replace("%", "%25").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def assert_nothing_lies_outside(whole: Whole) -> None:
    """Every object is under a prefix of the layout, with no step up, and trove holds whole names."""
    keys = whole.world.ports.store.keys()
    assert all(
        key.split("/")[0] in {"trove", "persist", "thumbs", "previews", "rejected", "drop"} for key in keys
    ), keys
    assert not any(part in ("", ".", "..") for key in keys for part in key.split("/")), keys
    assert all(KEY_OF_A_COPY.fullmatch(key) for key in keys if key.startswith("trove/")), keys


@pytest.mark.parametrize("name", [*TRAVERSALS, *STRANGE, *SPOILING, *FORMULAS, *NASTY_NAMES])
def test_a_file_has_its_own_base_name_or_is_rejected_with_a_reason(whole: Whole, name: str) -> None:
    reply = whole.api.post_form(
        "/dataset/create", text_part("name", "cards"), file_part(escaped(name), PHOTO)
    )

    if reply.status_code == 400:  # a header cannot carry it
        assert any(ord(character) < 32 or ord(character) == 127 for character in name)
        return
    shown = base_name(unquote(escaped(name)) if "%" in name else name)
    assert reply.status_code == 200
    taken = whole.names(reply.json_body["datasetID"])
    assert (taken == [] and reply.json_body["failures"][0]["reason"]) or len(taken) == 1
    if taken and "%" not in name:
        assert taken == [shown]
    assert_nothing_lies_outside(whole)


@pytest.mark.parametrize("name", [*TRAVERSALS, *STRANGE, *SPOILING, *FORMULAS, *NASTY_NAMES])
def test_a_dataset_has_the_very_name_or_is_refused(whole: Whole, name: str) -> None:
    reply = whole.create(name, "a.jpg")

    try:
        check_dataset_name(name)
    except InvalidName:
        assert reply.status_code == 400
        assert whole.datasets() == []
    else:
        assert reply.status_code == 200
        assert whole.datasets() == [name]
        assert whole.names(reply.json_body["datasetID"]) == ["a.jpg"]
    assert_nothing_lies_outside(whole)


@pytest.mark.parametrize("length", [256, 5_000])
def test_a_name_too_long_for_any_store_fails_alone(whole: Whole, length: int) -> None:
    long = "n" * (length - 4) + ".jpg"

    reply = whole.api.post_form(
        "/dataset/create", text_part("name", "cards"), file_part(long, PHOTO), file_part("a.jpg", PHOTO)
    ).json_body
    refused = whole.api.post_form(
        "/dataset/create", text_part("name", "n" * length), file_part("a.jpg", PHOTO)
    )

    assert (reply["successUpload"], reply["failedUpload"]) == ("1", "1")
    assert "longer than 255 bytes" in reply["failures"][0]["reason"]
    assert refused.status_code == (200 if length <= 500 else 400)
    assert_nothing_lies_outside(whole)


@many
@given(dataset=text, file=plain)
def test_what_goes_in_by_a_form_comes_out_or_is_refused(dataset: str, file: str) -> None:
    with a_whole_system() as whole:
        reply = whole.create(dataset, file)
        if reply.status_code == 400:
            assert whole.datasets() == []
            assert whole.world.ports.store.keys() == []
            return
        assert whole.datasets() == [dataset]
        name = base_name(file)
        assert whole.names(reply.json_body["datasetID"]) == ([name] if may_be_an_image(name) else [])
        assert_nothing_lies_outside(whole)


@many
@given(dataset=text, file=text)
def test_what_goes_in_by_a_session_comes_out_or_is_refused(dataset: str, file: str) -> None:
    with a_whole_system() as whole:
        announced = whole.api.post(
            "/dataset/uploads", {"datasetName": dataset, "files": [{"name": file, "size": len(PHOTO)}]}
        )
        if announced.status_code == 400:
            assert whole.datasets() == []
            return
        [receipt] = whole.world.receipts()
        if announced.json_body["files"]:
            whole.world.ports.store.put(receipt.key, PHOTO)
        name = base_name(file)
        assert whole.datasets() == [dataset]
        assert whole.names(announced.json_body["datasetID"]) == ([name] if may_be_an_image(name) else [])
        assert_nothing_lies_outside(whole)


@many
@given(folder=plain, file=plain)
def test_what_is_dropped_comes_out_or_is_rejected(folder: str, file: str) -> None:
    with a_whole_system() as whole:
        whole.world.drop(f"{folder.replace('/', '%2F')}/{file}", PHOTO)
        receipts = whole.api.get("/dataset/receipts").json_body["receipts"]
        if file.endswith("/"):  # a folder's marker is no file
            assert receipts == []
        elif receipts[0]["state"] == "stored":
            assert whole.datasets() == [folder]
            assert whole.names(receipts[0]["datasetID"]) == [file.rsplit("/", 1)[-1]]
        else:
            assert receipts[0]["reason"]


@many
@given(names=st.lists(text, min_size=1, max_size=5))
def test_deleting_any_names_deletes_none_but_these(names: list[str]) -> None:
    with a_whole_system() as whole:
        made = whole.api.post_form(
            "/dataset/create", text_part("name", "cards"), file_part("keep.jpg", PHOTO)
        )
        dataset_id = made.json_body["datasetID"]
        reply = whole.api.post("/delete/images", {"datasetID": dataset_id, "imagesNames": names})
        if reply.status_code == 200:
            assert reply.json_body["notFound"] == [n for n in dict.fromkeys(names) if n != "keep.jpg"]
        assert (whole.names(dataset_id) == []) == ("keep.jpg" in names and reply.status_code == 200)


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_can_become_a_formula_in_the_csv(whole: Whole, name: str) -> None:
    made = whole.create(name, escaped(name))
    if made.status_code == 400:
        return

    csv = whole.api.post("/dataset/download", {"datasetID": made.json_body["datasetID"]}).body.decode()

    head, *lines = csv.splitlines()
    assert head == "url"
    assert all(re.fullmatch(r"https?://[!-~]+", line) for line in lines)


@pytest.mark.parametrize(
    "name", ['a"; filename="evil.exe', "a\r\nSet-Cookie: x=1", "a;b", "é\u202e", "a%0d%0aX: y"]
)
def test_no_name_reaches_a_header(whole: Whole, name: str) -> None:
    made = whole.api.post(
        "/dataset/uploads", {"datasetName": name, "files": [{"name": name, "size": len(PHOTO)}]}
    )
    if made.status_code == 400:
        assert "\r" in name
        return
    dataset_id = made.json_body["datasetID"]

    reply = whole.api.post("/dataset/download", {"datasetID": dataset_id})

    assert reply.headers["Content-Disposition"] == f'attachment; filename="Table-{dataset_id}.csv"'
    assert "Set-Cookie" not in reply.headers
    assert all(value.isprintable() and value.isascii() for value in reply.headers.values())


@pytest.mark.parametrize(
    "operator",
    [{"$ne": None}, {"$gt": ""}, {"$regex": ".*"}, {"$where": "1"}, {"$in": ["a"]}, ["a"], 1, True, None],
    ids=str,
)
def test_no_field_takes_an_operator_for_a_value(whole: Whole, operator: object) -> None:
    made = whole.create("cards", "a.jpg")
    dataset_id = made.json_body["datasetID"]
    file = {"name": "a", "size": 1}
    bodies = [
        ("/dataset/details", {"id": operator}),
        ("/dataset/details", {"id": dataset_id, "search": operator or {}}),
        ("/dataset/details", {"id": dataset_id, "cursor": operator or {}}),
        ("/dataset/details", {"id": dataset_id, "sort": operator or {}}),
        ("/dataset/details", {"id": dataset_id, "limit": operator if operator != 1 else {}}),
        ("/dataset/download", {"datasetID": operator}),
        ("/delete/images", {"datasetID": operator, "imagesNames": ["a.jpg"]}),
        ("/delete/images", {"datasetID": dataset_id, "imagesNames": operator if operator != ["a"] else [{}]}),
        ("/delete/images", {"datasetID": dataset_id, "imagesNames": [operator]}),
        ("/dataset/uploads", {"datasetID": operator, "files": [file]}),
        ("/dataset/uploads", {"datasetName": operator, "files": [file]}),
        ("/dataset/uploads", {"uploadID": operator, "files": [file]}),
        ("/dataset/uploads", {"datasetID": dataset_id, "files": [{**file, "name": operator}]}),
        ("/dataset/uploads", {"datasetID": dataset_id, "files": [{**file, "size": operator or "1"}]}),
        ("/dataset/uploads", {"datasetID": dataset_id, "files": [{**file, "sha256": operator or {}}]}),
        ("/dataset/receipts/retry", {"datasetID": operator or {}}),
    ]

    for path, body in bodies:
        if (body.get("limit") is None and "limit" in body) or (path.endswith("uploads") and operator == 1):
            continue
        assert whole.api.post(path, body).status_code == 400, (path, body)
    assert whole.names(dataset_id) == ["a.jpg"]
