"""Secrets: where they come from, and what a function says when it may not have them."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SSMProvider
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.adapters.parameters import read_parameters
from chalicelib.config import Config, ConfigError

URI = "mongodb://nebula:s3cret@db.example.com/nebula"
SECRET = "k" * 40


@pytest.fixture
def store() -> Iterator[SSMProvider]:
    with mock_aws():
        client = boto3.client("ssm")
        for name, value in (("MONGODB_URI", URI), ("NEBULA_TOKEN_SECRET", SECRET)):
            client.put_parameter(Name=f"/nebula/dev/{name}", Value=value, Type="SecureString")
        yield SSMProvider(boto3_client=client)


def test_each_parameter_stands_for_the_variable_that_its_name_ends_in(store: SSMProvider) -> None:
    found = read_parameters(["/nebula/dev/MONGODB_URI", "/nebula/dev/NEBULA_TOKEN_SECRET"], store)
    assert found == {"MONGODB_URI": URI, "NEBULA_TOKEN_SECRET": SECRET}


def test_missing_parameters_are_named_and_no_value_is(store: SSMProvider) -> None:
    with pytest.raises(ConfigError) as caught:
        read_parameters(["/nebula/dev/MONGODB_URI", "/nebula/prod/NEBULA_TOKEN_SECRET"], store)
    assert "/nebula/prod/NEBULA_TOKEN_SECRET" in str(caught.value)
    assert URI not in str(caught.value)


@pytest.mark.usefixtures("store")
def test_a_deployed_function_starts_with_its_secrets_from_parameter_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEBULA_STAGE", "dev")
    monkeypatch.setenv("NEBULA_BUCKET", "nebula-dev")
    monkeypatch.setenv("NEBULA_PARAMETERS", "/nebula/dev/MONGODB_URI,/nebula/dev/NEBULA_TOKEN_SECRET")
    monkeypatch.setattr(bootstrap, "_services", None)
    config = bootstrap.services().config
    assert (config.mongodb_uri, config.tokens.secret) == (URI, SECRET)


def test_no_secret_shows_in_a_printed_configuration() -> None:
    environment = {"NEBULA_BUCKET": "b", "MONGODB_URI": URI, "NEBULA_TOKEN_SECRET": SECRET}
    printed = repr(Config.from_env(environment))
    assert "s3cret" not in printed
    assert SECRET not in printed


def test_ingest_starts_without_the_secret_that_makes_tokens_and_cannot_check_any() -> None:
    services = bootstrap.Services(Config.from_env({"NEBULA_BUCKET": "b", "MONGODB_URI": URI}))
    with pytest.raises(ConfigError, match="NEBULA_TOKEN_SECRET"):
        _ = services.tokens
