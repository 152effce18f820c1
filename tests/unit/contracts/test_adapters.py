"""The adapters that need no engine keep what the ports promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import jwt
import pytest

from chalicelib.adapters.persist_embedded import EmbeddedPersist
from chalicelib.adapters.tokens import JwtVerifier
from chalicelib.config import TokenConfig
from chalicelib.domain.layout import Layout
from chalicelib.domain.model import ObjectKey, ObjectVersion, User
from tests.contracts.object_urls import Fetch, ServedFile
from tests.contracts.persist_service import Keep, PersistServiceContract
from tests.contracts.token_verifier import TokenVerifierContract
from tests.fakes.object_store import InMemoryBucket

SECRET = "0123456789abcdef0123456789abcdef"


class TestEmbeddedPersist(PersistServiceContract):
    @pytest.fixture
    def bucket(self) -> InMemoryBucket:
        return InMemoryBucket()

    @pytest.fixture
    def persist(self, bucket: InMemoryBucket) -> EmbeddedPersist:
        return EmbeddedPersist(bucket, Layout())

    @pytest.fixture
    def keep(self, bucket: InMemoryBucket) -> Keep:
        def keep(body: bytes) -> ObjectVersion:
            bucket.put(ObjectKey("incoming/photo.jpg"), body)
            return bucket.get(ObjectKey("incoming/photo.jpg")).version

        return keep

    @pytest.fixture
    def fetch(self, persist: EmbeddedPersist, bucket: InMemoryBucket) -> Fetch:
        def fetch(url: str) -> ServedFile:
            *_, number, _, name = urlsplit(url).path.split("/")
            return ServedFile(*bucket.open_url(persist.download_url(number, name)))

        return fetch


class TestJwtVerifier(TokenVerifierContract):
    @pytest.fixture
    def verifier(self) -> JwtVerifier:
        return JwtVerifier(TokenConfig(secret=SECRET))

    @pytest.fixture
    def issue(self) -> Callable[[User], str]:
        def issue(user: User) -> str:
            expiry = datetime.now(UTC) + timedelta(hours=1)
            claims = {"sub": user.name, "role": user.role, "iss": "nebula", "aud": "nebula", "exp": expiry}
            return jwt.encode(claims, SECRET, algorithm="HS256")

        return issue
