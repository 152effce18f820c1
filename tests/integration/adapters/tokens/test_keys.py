"""Tokens of an issuer that publishes its keys: rotation, outages and forgeries."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chalicelib.adapters.tokens.keys import FRESH_SECONDS, PAUSE_SECONDS, JwksKeys
from chalicelib.adapters.tokens.verifier import JwtVerifier
from chalicelib.config import TokenConfig
from chalicelib.domain.errors import InvalidToken, TransientFault
from chalicelib.domain.users import Role, User
from tests.fakes.scripted_http import Answer, ScriptedServer, scripted_server
from tests.unit.adapters.tokens.test_verifier import claims, handmade

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
VEDANT = User("vedant", Role.EDITOR)


def jwk(key: PrivateKey, key_id: str, **more: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": key_id, "use": "sig", **more}


def published(*keys: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps({"keys": keys}).encode(), headers={"Content-Type": "application/json"})


def token(key: PrivateKey = RSA_KEY, key_id: str = "rsa", algorithm: str = "RS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": key_id})


@pytest.fixture
def issuer() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.otherwise = published(jwk(RSA_KEY, "rsa"), jwk(EC_KEY, "ec"))
        yield server


@pytest.fixture
def verifier(issuer: ScriptedServer) -> JwtVerifier:
    return JwtVerifier(TokenConfig(secret="", jwks_url=issuer.url + "/keys.json"))


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: ScriptedServer, clock: Clock) -> JwksKeys:
    """Keys that have been fetched once."""
    keys = JwksKeys(issuer.url + "/keys.json", fetch_seconds=0.5, clock=clock)
    assert keys.key("rsa").key_id == "rsa"
    return keys


def test_tokens_of_both_kinds_of_key_are_accepted_and_the_keys_fetched_once(
    issuer: ScriptedServer, verifier: JwtVerifier
) -> None:
    assert issuer.requests == []
    for _ in range(3):
        assert verifier.verify(token()) == VEDANT
        assert verifier.verify(token(EC_KEY, "ec", "ES256")) == VEDANT
    assert issuer.requests == ["GET /keys.json"]


def test_many_requests_at_once_fetch_the_keys_once(issuer: ScriptedServer, verifier: JwtVerifier) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(verifier.verify, [token()] * 16)) == [VEDANT] * 16
    assert len(issuer.requests) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": time.time() - 60},
        {"iss": "other"},
        {"aud": "other"},
        {"role": "owner"},
        {"nbf": 9_999_999_999},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_published_key_does_not_excuse_a_wrong_claim(
    verifier: JwtVerifier, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(token(**changes))


def test_a_public_key_is_no_secret_to_sign_with(verifier: JwtVerifier) -> None:
    public = RSA_KEY.public_key()
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk(RSA_KEY, "rsa")).encode(),
        b"",
    ):
        for algorithm in ("HS256", "RS256", "ES256", "none"):
            with pytest.raises(InvalidToken):
                verifier.verify(handmade({"alg": algorithm, "kid": "rsa"}, claims(), key=secret))


def test_a_token_signed_by_anybody_else_is_refused(issuer: ScriptedServer, verifier: JwtVerifier) -> None:
    own = jwk(OTHER_RSA_KEY, "rsa")
    elsewhere = {"kid": "rsa", "jku": issuer.url + "/forged.json", "jwk": own, "x5u": issuer.url + "/x"}
    forged = jwt.encode(claims(), OTHER_RSA_KEY, algorithm="RS256", headers=elsewhere)
    for refused in (
        forged,
        token(OTHER_RSA_KEY),
        token(EC_KEY, "rsa", "ES256"),
        token(RSA_KEY, "ec"),
        token(RSA_KEY, "rsa", "PS256"),
        token(RSA_KEY, "rsa", "RS512"),
    ):
        with pytest.raises(InvalidToken):
            verifier.verify(refused)
    assert issuer.requests == ["GET /keys.json"]


@pytest.mark.parametrize(
    "key_id",
    [
        "../../etc/passwd",
        "http://127.0.0.1/keys.json",
        "rsa' OR '1'='1",
        "rsa\0",
        "RSA",
        "",
        "x" * 4000,
        "$ne",
    ],
)
def test_a_key_id_only_ever_names_a_published_key(
    issuer: ScriptedServer, verifier: JwtVerifier, key_id: str
) -> None:
    assert verifier.verify(token()) == VEDANT
    with pytest.raises(InvalidToken):
        verifier.verify(token(OTHER_RSA_KEY, key_id))
    assert issuer.requests == ["GET /keys.json"]


def test_a_token_without_a_key_id_is_refused(verifier: JwtVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(jwt.encode(claims(), RSA_KEY, algorithm="RS256"))


def test_keys_of_another_kind_or_use_are_not_used(issuer: ScriptedServer, verifier: JwtVerifier) -> None:
    oct_key = {"kty": "oct", "k": "c2VjcmV0" * 8, "kid": "oct", "alg": "HS256"}
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    issuer.otherwise = published(
        jwk(RSA_KEY, "rsa"),
        oct_key,
        jwk(EC_KEY, "for encryption", use="enc"),
        jwk(OTHER_RSA_KEY, "512", alg="RS512"),
        jwk(weak, "weak"),
        {"kty": "unheard of", "kid": "odd"},
    )
    assert verifier.verify(token()) == VEDANT
    with pytest.raises(InvalidToken):
        verifier.verify(handmade({"alg": "HS256", "kid": "oct"}, claims()))
    with pytest.raises(InvalidToken):
        verifier.verify(token(EC_KEY, "for encryption", "ES256"))
    with pytest.raises(InvalidToken):
        verifier.verify(token(OTHER_RSA_KEY, "512", "RS512"))
    with pytest.raises(InvalidToken):
        verifier.verify(token(OTHER_RSA_KEY, "512"))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weakly_signed = token(weak, "weak")
    with pytest.raises(InvalidToken):
        verifier.verify(weakly_signed)


def test_a_new_key_is_found_when_a_token_names_it(
    issuer: ScriptedServer, keys: JwksKeys, clock: Clock
) -> None:
    issuer.otherwise = published(jwk(OTHER_RSA_KEY, "rsa-2"))
    clock.now += PAUSE_SECONDS
    assert keys.key("rsa-2").key_id == "rsa-2"
    with pytest.raises(InvalidToken):
        keys.key("rsa")
    assert len(issuer.requests) == 2


def test_a_withdrawn_key_stops_working_once_the_keys_are_no_longer_fresh(
    issuer: ScriptedServer, keys: JwksKeys, clock: Clock
) -> None:
    issuer.otherwise = published(jwk(EC_KEY, "ec"))
    clock.now += FRESH_SECONDS - 1
    assert keys.key("rsa")
    clock.now += 1
    with pytest.raises(InvalidToken):
        keys.key("rsa")


def test_made_up_key_ids_do_not_hammer_the_issuer(issuer: ScriptedServer, verifier: JwtVerifier) -> None:
    assert verifier.verify(token()) == VEDANT
    for n in range(50):
        with pytest.raises(InvalidToken):
            verifier.verify(token(OTHER_RSA_KEY, f"made up {n}"))
    assert len(issuer.requests) == 1


@pytest.mark.parametrize(
    "outage",
    [
        Answer(503),
        Answer(200, b"<html>maintenance</html>"),
        Answer(200, b"[]"),
        Answer(200, b'{"keys": []}'),
        Answer(200, b'{"keys": [1, null]}'),
        Answer(302, headers={"Location": "http://127.0.0.1:9/"}),
        Answer(200, b'{"keys": []}', cut_at=3),
        Answer(200, b" " * 1000, trickle=0.05),
        Answer(hang=True),
    ],
    ids=["503", "html", "list", "empty", "no objects", "redirect", "cut", "trickle", "hang"],
)
def test_known_keys_go_on_working_through_an_outage_and_nobody_waits_long(
    issuer: ScriptedServer, keys: JwksKeys, clock: Clock, outage: Answer
) -> None:
    issuer.otherwise = outage
    clock.now += FRESH_SECONDS
    began = time.monotonic()
    for _ in range(20):
        assert keys.key("rsa").key_id == "rsa"
    assert time.monotonic() - began < 10
    assert len(issuer.requests) == 2

    issuer.otherwise = published(jwk(OTHER_RSA_KEY, "rsa-2"))
    clock.now += PAUSE_SECONDS
    assert keys.key("rsa-2").key_id == "rsa-2"


@pytest.mark.parametrize("outage", [Answer(503), Answer(hang=True)], ids=["503", "hang"])
def test_without_any_key_the_fault_is_not_the_tokens_and_soon_over(
    issuer: ScriptedServer, clock: Clock, outage: Answer
) -> None:
    issuer.otherwise = outage
    keys = JwksKeys(issuer.url, fetch_seconds=0.5, clock=clock)
    for _ in range(3):
        with pytest.raises(TransientFault) as fault:
            keys.key("rsa")
        assert fault.value.dependency == "JWKS"
    assert len(issuer.requests) == 1
    issuer.otherwise = published(jwk(RSA_KEY, "rsa"))
    clock.now += 1
    assert keys.key("rsa").key_id == "rsa"


def test_an_issuer_that_is_not_there_is_a_transient_fault() -> None:
    with scripted_server() as server:
        gone = JwtVerifier(TokenConfig(secret="", jwks_url=server.url))
    with pytest.raises(TransientFault):
        gone.verify(token())
