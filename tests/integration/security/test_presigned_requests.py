"""What a presigned request can be bent to: nothing. Sent to a real S3 server, as an attacker would."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests

from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.uploads import PresignedRequest
from testing.client import eventually

KEY = ObjectKey("incoming/60f6c0d0a968f9132ebf6b00/60f6c0d0a968f9132ebf6b01/0/card.jpg")
VICTIM = ObjectKey("trove/cards/secret.jpg")
BODY, SECRET = b"photo", b"somebody's passport"


@pytest.fixture
def request_to_put(store: S3ObjectStore) -> PresignedRequest:
    store.put(VICTIM, SECRET)
    return store.request_for_put(KEY, size=5, sha256=hashlib.sha256(BODY).hexdigest(), expires_in=60)


def status(request: PresignedRequest, body: bytes = BODY, *, method: str = "PUT", **headers: str) -> int:
    """How the server answers; a header that is given replaces the request's own, an empty one drops it."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    wanted = {**request.headers, "Content-Length": str(len(body)), **changed}
    wanted = {name: value for name, value in wanted.items() if value}
    reply = requests.request(
        method, request.url, data=body, headers=wanted, timeout=10, allow_redirects=False
    )
    return reply.status_code


def with_query(request: PresignedRequest, **changes: str) -> PresignedRequest:
    """The request with other parameters in its URL."""
    parts = urlsplit(request.url)
    query = {**dict(parse_qsl(parts.query)), **{name.replace("_", "-"): v for name, v in changes.items()}}
    return replace(request, url=urlunsplit(parts._replace(query=urlencode(query))))


def test_the_request_itself_works(store: S3ObjectStore, request_to_put: PresignedRequest) -> None:
    assert status(request_to_put) == 200
    assert store.get(KEY).body == BODY


@pytest.mark.parametrize(
    "other",
    [
        "trove/cards/secret.jpg",
        "incoming/60f6c0d0a968f9132ebf6b00/60f6c0d0a968f9132ebf6b01/1/card.jpg",
        "incoming/60f6c0d0a968f9132ebf6b00/60f6c0d0a968f9132ebf6b01/0/card.jpg/..%2f..%2fx",
        "incoming/60f6c0d0a968f9132ebf6b00/60f6c0d0a968f9132ebf6b01/0/../../../../trove/x.jpg",
        "exports/x",
        "",
    ],
)
def test_no_other_key_can_be_written(
    store: S3ObjectStore, request_to_put: PresignedRequest, other: str
) -> None:
    parts = urlsplit(request_to_put.url)
    bucket = parts.path.split("/")[1]
    elsewhere = replace(request_to_put, url=urlunsplit(parts._replace(path=f"/{bucket}/{other}")))

    assert status(elsewhere) in (400, 403, 404, 405)
    assert [version.key for version in store.list("")] == [VICTIM]
    assert store.get(VICTIM).body == SECRET


@pytest.mark.parametrize("body", [b"", b"phot", b"photo and more", b"Photo", bytes(100_000)])
def test_no_other_bytes_can_be_written(
    store: S3ObjectStore, request_to_put: PresignedRequest, body: bytes
) -> None:
    own_checksum = b64encode(hashlib.sha256(body).digest()).decode()

    assert status(request_to_put, body) in (400, 403)
    assert status(request_to_put, body, x_amz_checksum_sha256=own_checksum) in (400, 403)
    assert status(request_to_put, body, x_amz_checksum_sha256="") in (400, 403)
    assert store.head(KEY) is None


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "image/jpeg", ""])
def test_no_other_type_can_be_written(
    store: S3ObjectStore, request_to_put: PresignedRequest, kind: str
) -> None:
    assert status(request_to_put, Content_Type=kind) == 403
    assert store.head(KEY) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST", "PATCH"])
def test_no_other_method_is_allowed(
    store: S3ObjectStore, request_to_put: PresignedRequest, method: str
) -> None:
    store.put(KEY, b"as it was")

    assert status(request_to_put, method=method) in (400, 403, 405)
    assert store.get(KEY).body == b"as it was"


@pytest.mark.parametrize(
    "changes",
    [
        {"X_Amz_Expires": "604800"},
        {"X_Amz_Date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")[:-3] + "99Z"},
        {"X_Amz_Signature": "0" * 64},
        {"X_Amz_Signature": ""},
        {"X_Amz_SignedHeaders": "host"},
        {"X_Amz_Algorithm": "none"},
        {"acl": ""},
        {"tagging": ""},
        {"uploads": ""},
        {"uploadId": "1", "partNumber": "1"},
        {"delete": ""},
        {"versionId": "null"},
    ],
    ids=lambda changes: "&".join(changes),
)
def test_no_parameter_can_be_changed_or_added(
    store: S3ObjectStore, request_to_put: PresignedRequest, changes: dict[str, str]
) -> None:
    assert status(with_query(request_to_put, **changes)) in (400, 403, 404)
    assert [version.key for version in store.list("")] == [VICTIM]


def test_no_object_can_be_copied_instead(store: S3ObjectStore, request_to_put: PresignedRequest) -> None:
    bucket = urlsplit(request_to_put.url).path.split("/")[1]

    status(request_to_put, x_amz_copy_source=f"/{bucket}/{VICTIM}")
    status(request_to_put, b"", x_amz_copy_source=f"/{bucket}/{VICTIM}")

    assert store.head(KEY) is None or store.get(KEY).body == BODY


def test_a_request_ends_when_it_said(store: S3ObjectStore) -> None:
    request = store.request_for_put(KEY, size=5, sha256=None, expires_in=1)

    assert eventually(lambda: status(request), lambda found: found != 200, seconds=10) == 403


def test_a_url_to_read_one_object_reads_no_other(store: S3ObjectStore) -> None:
    store.put(KEY, BODY)
    store.put(VICTIM, SECRET)
    url = store.url_for_get(KEY, expires_in=60, content_type="image/jpeg", content_disposition="attachment")
    assert requests.get(url, timeout=10).content == BODY

    attacks = {
        "another key": url.replace(KEY, VICTIM),
        "another type": url.replace("image%2Fjpeg", "text%2Fhtml"),
        "shown": url.replace("attachment", "inline"),
        "another header": url + "&response-cache-control=public",
        "longer": url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        "the bucket": url.replace("/" + KEY, ""),
    }

    assert url not in attacks.values()
    assert {
        name: requests.get(attack, timeout=10).status_code for name, attack in attacks.items()
    } == dict.fromkeys(attacks, 403)
    for method in ("PUT", "DELETE", "POST"):
        assert requests.request(method, url, data=b"", timeout=10).status_code in (400, 403, 405)
    assert store.get(KEY).body == BODY


def test_a_signature_is_made_with_a_key_that_the_url_does_not_tell(request_to_put: PresignedRequest) -> None:
    query = parse_qs(urlsplit(request_to_put.url).query)
    forged = hmac.new(
        query["X-Amz-Credential"][0].encode(), request_to_put.url.encode(), "sha256"
    ).hexdigest()

    assert status(with_query(request_to_put, X_Amz_Signature=forged)) == 403
