"""JSON as attackers and broken clients send it: a clean answer to each, a fault for none."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.api.bodies.datasets import DetailsRequest, DownloadRequest
from chalicelib.api.bodies.deletion import DeleteRequest
from chalicelib.api.http.parsing import decode_json
from chalicelib.domain.errors import InvalidJson, InvalidParameters
from tests.unit.api.speaking import DATASET_ID, Api, assert_error

ID = DATASET_ID.encode()

NOT_JSON = [
    b"",
    b" ",
    b"{",
    b"{'id': 'single quotes'}",
    b'{"id": 5',
    b'{"id": "60f6c0d0a968f9132ebf6b00",}',
    b'{"id": "60f6c0d0a968f9132ebf6b00"} trailing',
    b'{"id": NaN}',
    b'{"id": Infinity}',
    b'{"id": "a\x00b"}',
    b'{"id": "\xff"}',
    b'{"other": "\xff"}',
    b'{"other": "\\ud800"}',
    b"\xef\xbb\xbf{}",
    '{"id": "60f6c0d0a968f9132ebf6b00"}'.encode("utf-16"),
    b'{"other": ' + b"[" * 100_000,
    b'{"other": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"other": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
]

WRONG_PARAMETERS = [
    b"null",
    b"5",
    b'"60f6c0d0a968f9132ebf6b00"',
    b"[]",
    b'[{"id": "60f6c0d0a968f9132ebf6b00"}]',
    b"{}",
    b'{"id": null}',
    b'{"id": 5}',
    b'{"id": true}',
    b'{"id": ["60f6c0d0a968f9132ebf6b00"]}',
    b'{"id": {"$ne": null}}',
    b'{"id": {"$regex": ".*"}}',
    b'{"id": {"$oid": "60f6c0d0a968f9132ebf6b00"}}',
    b'{"id": ""}',
    b'{"id": "60f6c0d0a968f9132ebf6b0"}',
    b'{"id": "60f6c0d0a968f9132ebf6b000"}',
    b'{"id": "60f6c0d0a968f9132ebf6b0g"}',
    b'{"id": "60f6c0d0a968f9132ebf6b00\\n"}',
    b'{"id": "60f6c0d0a968f9132ebf6b0\\u0000"}',
    '{"id": "٦٠f6c0d0a968f9132ebf6b00"}'.encode(),
    b'{"ID": "60f6c0d0a968f9132ebf6b00"}',
    b'{"id": "60f6c0d0a968f9132ebf6b00", "id": "60f6c0d0a968f9132ebf6b00"}',
    b'{"id": 1e999}',
    b'{"id": ' + b"9" * 100_000 + b"}",
    b'{"id": "' + ID + b'", "limit": 0}',
    b'{"id": "' + ID + b'", "limit": 10001}',
    b'{"id": "' + ID + b'", "limit": "10"}',
    b'{"id": "' + ID + b'", "limit": true}',
    b'{"id": "' + ID + b'", "limit": ' + b"9" * 10_000 + b"}",
    b'{"id": "' + ID + b'", "cursor": "not ours"}',
    b'{"id": "' + ID + b'", "cursor": "\\u00e9"}',
    b'{"id": "' + ID + b'", "cursor": {"$gt": ""}}',
    b'{"id": "' + ID + b'", "sort": "_id"}',
    b'{"id": "' + ID + b'", "sort": "$where"}',
    b'{"id": "' + ID + b'", "search": {"$regex": "."}}',
    b'{"id": "' + ID + b'", "search": "\\u0000"}',
]


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:40]))
def test_what_is_not_json_is_told_so(api: Api, body: bytes) -> None:
    assert_error(
        api.post_raw("/dataset/details", body),
        400,
        "invalid JSON syntax.",
        "Invalid JSON sent to to /nebula/backend/dataset/details",
    )


@pytest.mark.parametrize("body", WRONG_PARAMETERS, ids=lambda body: repr(body[:60]))
def test_json_of_another_form_is_told_so(api: Api, body: bytes) -> None:
    assert_error(
        api.post_raw("/dataset/details", body),
        400,
        "Invalid JSON parameters.",
        "Invalid input parameters to /nebula/backend/dataset/details",
    )


def test_unknown_keys_are_ignored_whatever_they_hold(api: Api) -> None:
    body = (
        b'{"id": "'
        + ID
        + b'", "new": {"a": [1, 2.5e300, null]}, "$where": "1", "big": '
        + b"9" * 10_000
        + b"}"
    )

    assert api.post_raw("/dataset/details", body).status_code == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_lead_to_anything_but_a_value_or_a_refusal(body: bytes) -> None:
    _decode(body)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["id", "datasetID", "limit", "cursor", "sort", "search", "x"]), json_values
    )
)
def test_no_values_lead_to_anything_but_a_value_or_a_refusal(value: dict[str, object]) -> None:
    _decode(json.dumps(value).encode())


def _decode(body: bytes) -> None:
    for as_type in (DetailsRequest, DownloadRequest, DeleteRequest):
        with suppress(InvalidJson, InvalidParameters):
            assert isinstance(decode_json(body, as_type), as_type)
