"""The bucket, over boto3. Serves Amazon S3 and SeaweedFS alike: both honour `If-Match` on reads and
copies, also while the object is being replaced.

boto3 repeats a request that failed (its standard mode: backoff with jitter; throttling, 5xx and
broken connections included). Only a body that breaks off while it is read lies beyond that, and is
read again here.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from chalicelib.adapters.s3.faults import TRANSIENT_ERRORS, translated
from chalicelib.adapters.s3.metadata import decode_metadata, encode_metadata
from chalicelib.domain.errors import ObjectChanged, TransientFault
from chalicelib.domain.ids import ObjectKey
from chalicelib.domain.stored_files import ByteRange
from chalicelib.domain.uploads import ObjectVersion, PresignedRequest
from chalicelib.ports.objects import ObjectHead, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CopyObjectRequestTypeDef,
        GetObjectOutputTypeDef,
        GetObjectRequestTypeDef,
        PutObjectRequestTypeDef,
    )

_READS = 3
"""Of a body that breaks off."""
_BYTES = "application/octet-stream"
_DELETE_BATCH = 1000
"""As many keys as one DeleteObjects takes."""
_COPY_PART = 512 * 1024 * 1024
"""For objects over 5 GB, which CopyObject refuses: 5 TB in 10,000 parts."""
_NOT_IN_A_BATCH = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\\\ufffe\uffff]")
"""What XML cannot hold; and the backslash, which SeaweedFS overlooks in a batch."""


class _BodyBroken(TransientFault):
    """A body ended early, stalled or failed its checksum."""


class S3ObjectStore:
    """`ports.ObjectStore` in one bucket. Safe to share between threads.

    Raises from every method, beside what the port names:
        S3Refused: the request can never succeed as it is.
    """

    def __init__(self, client: S3Client, bucket: str, *, copy_part_bytes: int = _COPY_PART) -> None:
        """`copy_part_bytes` (5 MB to 5 GB) is the part size of a copy too large for one request."""
        self._client = client
        self._bucket = bucket
        self._copying = TransferConfig(
            multipart_threshold=copy_part_bytes, multipart_chunksize=copy_part_bytes
        )

    def head(self, key: ObjectKey) -> ObjectHead | None:
        """The object's version and metadata; None if there is none."""
        try:
            with translated("HeadObject", key):
                reply = self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectChanged:
            return None
        version = _version(key, reply["ETag"], reply["ContentLength"], reply["LastModified"])
        return ObjectHead(version, decode_metadata(reply["Metadata"]))

    def get(self, key: ObjectKey, etag: str | None = None) -> StoredObject:
        """The object's bytes.

        Raises:
            ObjectChanged: there is no such object, or its ETag is no longer `etag`.
        """
        request: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key}
        if etag is not None:
            request["IfMatch"] = _quoted(etag)
        reply, body = self._read(request, key)
        version = _version(key, reply["ETag"], len(body), reply["LastModified"])
        return StoredObject(version, body, decode_metadata(reply["Metadata"]))

    def get_part(self, key: ObjectKey, part: ByteRange, etag: str) -> bytes:
        """A part of the object's bytes, which has to lie inside it.

        Raises:
            ObjectChanged: there is no such object, or its ETag is no longer `etag`.
        """
        request: GetObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "IfMatch": _quoted(etag),
            "Range": f"bytes={part.first}-{part.last}",
        }
        return self._read(request, key)[1]

    @retry(
        retry=retry_if_exception_type(_BodyBroken),
        stop=stop_after_attempt(_READS),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        reraise=True,
    )
    def _read(self, request: GetObjectRequestTypeDef, key: ObjectKey) -> tuple[GetObjectOutputTypeDef, bytes]:
        with translated("GetObject", key):
            reply = self._client.get_object(**request)
        try:
            return reply, reply["Body"].read()
        except TRANSIENT_ERRORS as error:
            raise _BodyBroken("S3", f"GetObject: {type(error).__name__}") from error

    def put(
        self,
        key: ObjectKey,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        content_encoding: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write an object."""
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": body,
            "ContentType": content_type,
            "Metadata": encode_metadata(metadata or {}),
        }
        if content_encoding is not None:
            request["ContentEncoding"] = content_encoding
        with translated("PutObject"):
            self._client.put_object(**request)

    def copy(
        self,
        source: ObjectKey,
        target: ObjectKey,
        *,
        etag: str | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Copy inside the store, without moving the bytes through this process.

        With `content_type` or `metadata` the copy gets these and nothing of the source's: the one
        that is not given becomes `application/octet-stream` or empty.

        Raises:
            ObjectChanged: there is no source, or its ETag is no longer `etag`.
        """
        request: CopyObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": target,
            "CopySource": {"Bucket": self._bucket, "Key": source},
        }
        if etag is not None:
            request["CopySourceIfMatch"] = _quoted(etag)
        if content_type is not None or metadata is not None:
            request["MetadataDirective"] = "REPLACE"
            request["ContentType"] = content_type or "application/octet-stream"
            request["Metadata"] = encode_metadata(metadata or {})
        with translated("CopyObject", source):
            try:
                self._client.copy_object(**request)
            except ClientError as error:
                # how Amazon answers when the source is over 5 GB
                if error.response["Error"]["Code"] != "InvalidRequest":
                    raise
                self._copy_in_parts(request, source)

    def _copy_in_parts(self, request: CopyObjectRequestTypeDef, source: ObjectKey) -> None:
        """A copy in parts takes over neither type nor metadata by itself."""
        arguments = {k: v for k, v in request.items() if k not in ("Bucket", "Key", "CopySource")}
        if "MetadataDirective" not in request:
            head = self._client.head_object(Bucket=self._bucket, Key=source)
            arguments |= {
                "MetadataDirective": "REPLACE",
                "ContentType": head["ContentType"],
                "Metadata": head["Metadata"],
            }
        self._client.copy(
            {"Bucket": self._bucket, "Key": source},
            self._bucket,
            request["Key"],
            ExtraArgs=arguments,
            Config=self._copying,
        )

    def delete(self, keys: Sequence[ObjectKey]) -> None:
        """Remove objects; one that is not there is no error. All are tried before a fault is raised."""
        alone = [key for key in keys if _NOT_IN_A_BATCH.search(key)]
        together = [key for key in keys if not _NOT_IN_A_BATCH.search(key)]
        codes: list[str] = []
        for start in range(0, len(together), _DELETE_BATCH):
            batch = together[start : start + _DELETE_BATCH]
            with translated("DeleteObjects"):
                reply = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                )
            codes += [error.get("Code", "unknown") for error in reply.get("Errors", [])]
        for key in alone:
            with translated("DeleteObject"):
                self._client.delete_object(Bucket=self._bucket, Key=key)
        if codes:
            raise TransientFault("S3", f"DeleteObjects: {len(codes)} of {len(keys)} failed, {codes[0]}")

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectVersion]:
        """Every object below a prefix, page by page, in key order; those behind the key `after`, if given.

        SeaweedFS sorts folder by folder instead: `a/b` comes before `a-b`.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, StartAfter=after
        )
        with translated("ListObjectsV2"):
            for page in pages:
                for entry in page.get("Contents", []):
                    yield _version(entry["Key"], entry["ETag"], entry["Size"], entry["LastModified"])

    def request_for_put(
        self, key: ObjectKey, *, size: int, sha256: str | None, expires_in: int
    ) -> PresignedRequest:
        """A presigned request that writes this key, these many bytes and, where `sha256` is given, these.

        The store itself compares: another length, type or checksum is refused. The type is always
        plain bytes, so that nothing an uploader puts could be served as a page; what is stored for
        good gets the type that was detected.
        """
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "ContentLength": size,
            "ContentType": _BYTES,
        }
        headers = {"Content-Length": str(size), "Content-Type": _BYTES}
        if sha256 is not None:
            checksum = b64encode(bytes.fromhex(sha256)).decode()
            request["ChecksumSHA256"] = checksum
            headers["x-amz-checksum-sha256"] = checksum
        with translated("presigning"):
            url = self._client.generate_presigned_url("put_object", Params=request, ExpiresIn=expires_in)
        return PresignedRequest("PUT", url, headers)

    def url_for_get(
        self,
        key: ObjectKey,
        *,
        expires_in: int,
        content_type: str | None = None,
        content_disposition: str | None = None,
        cache_control: str | None = None,
    ) -> str:
        """A presigned URL that serves the object for `expires_in` seconds, under these headers."""
        request: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key}
        if content_type is not None:
            request["ResponseContentType"] = content_type
        if content_disposition is not None:
            request["ResponseContentDisposition"] = content_disposition
        if cache_control is not None:
            request["ResponseCacheControl"] = cache_control
        with translated("presigning"):
            return self._client.generate_presigned_url("get_object", Params=request, ExpiresIn=expires_in)


def _version(key: str, etag: str, size: int, at: datetime) -> ObjectVersion:
    return ObjectVersion(ObjectKey(key), etag.strip('"'), size, at.astimezone(UTC))


def _quoted(etag: str) -> str:
    return f'"{etag}"'
