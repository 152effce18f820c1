"""The presigned URLs of the S3 adapter keep what the port promises, on a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from chalicelib.adapters.s3.client import s3_client
from chalicelib.adapters.s3.store import S3ObjectStore
from chalicelib.domain.uploads import PresignedRequest
from local.engines.seaweedfs import SeaweedFS
from tests.contracts.object_urls import Fetch, ObjectUrlsContract, Send, ServedFile


class TestS3Urls(ObjectUrlsContract):
    @pytest.fixture
    def store(self, aws_environment: SeaweedFS, bucket: str) -> Iterator[S3ObjectStore]:
        client = s3_client()
        yield S3ObjectStore(client, bucket)
        client.close()

    @pytest.fixture
    def fetch(self) -> Fetch:
        def fetch(url: str) -> ServedFile:
            reply = requests.get(url, timeout=10)
            assert reply.status_code == 200, reply.text
            return ServedFile(reply.content, {name.lower(): text for name, text in reply.headers.items()})

        return fetch

    @pytest.fixture
    def send(self) -> Send:
        def send(request: PresignedRequest, body: bytes) -> bool:
            headers = {**request.headers, "Content-Length": str(len(body))}
            reply = requests.request(request.method, request.url, headers=headers, data=body, timeout=10)
            return reply.status_code == 200

        return send
