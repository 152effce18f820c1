"""The configuration: complete, checked, and told about in one message."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.config import MEGABYTE, SETTINGS, Config, ConfigError, TokenConfig
from chalicelib.domain.layout import Layout

SECRET = "0123456789abcdef0123456789abcdef"
NEEDED = {
    "NEBULA_BUCKET": "photos",
    "MONGODB_URI": "mongodb://db.test:27017/nebula?replicaSet=rs",
    "NEBULA_TOKEN_SECRET": SECRET,
}
JWKS = {**NEEDED, "NEBULA_TOKEN_SECRET": "", "NEBULA_TOKEN_JWKS_URL": "https://id.test/keys"}
READ_ELSEWHERE = {"NEBULA_PARAMETERS"}
"""Before there is a configuration: where secrets come from."""
OTHER_VALUES = {
    "NEBULA_STAGE": "prod",
    "NEBULA_BUCKET": "other",
    "MONGODB_URI": "mongodb://other.test/other",
    "NEBULA_TOKEN_SECRET": SECRET[::-1],
    "NEBULA_TOKEN_JWKS_URL": "https://other.test/keys",
    "NEBULA_TIME_ZONE": "Asia/Kolkata",
    "NEBULA_MONGODB_CONNECTIONS": "8",
    "NEBULA_FRONTEND_ORIGIN": "https://data.example.com",
    "NEBULA_WAIT_SECONDS": "0.5",
    "NEBULA_MAX_FILE_MB": "1.5",
    "NEBULA_MAX_MEGAPIXELS": "0.25",
    "NEBULA_DROP_PREFIX": "in/box/",
    "NEBULA_TROVE_PREFIX": "mirror/",
    "NEBULA_LOG_LEVEL": "DEBUG",
}


def problems_of(environment: dict[str, str]) -> list[str]:
    """The lines of the refusal."""
    with pytest.raises(ConfigError) as refusal:
        Config.from_env(environment)
    return str(refusal.value).split("\n- ")[1:]


def test_three_variables_are_enough() -> None:
    assert Config.from_env(NEEDED) == Config(
        stage="laptop",
        bucket="photos",
        mongodb_uri="mongodb://db.test:27017/nebula?replicaSet=rs",
        tokens=TokenConfig(secret=SECRET),
    )


def test_all_that_is_missing_is_named_at_once() -> None:
    assert problems_of({}) == ["NEBULA_BUCKET is missing", "MONGODB_URI is missing"]


def test_who_checks_tokens_needs_a_secret_or_a_key_set_and_who_does_not_can_do_without() -> None:
    config = Config.from_env({**NEEDED, "NEBULA_TOKEN_SECRET": ""})
    with pytest.raises(ConfigError, match="NEBULA_TOKEN_SECRET or NEBULA_TOKEN_JWKS_URL"):
        config.tokens.require()
    for environment in (NEEDED, JWKS):
        Config.from_env(environment).tokens.require()


def test_an_empty_variable_is_as_good_as_none() -> None:
    emptied = {setting.variable: "" for setting in SETTINGS}
    assert problems_of(emptied) == problems_of({})
    assert Config.from_env({**emptied, **NEEDED}) == Config.from_env(NEEDED)


@pytest.mark.parametrize("variable", sorted({setting.variable for setting in SETTINGS} - READ_ELSEWHERE))
def test_every_documented_variable_has_an_effect(variable: str) -> None:
    environment = JWKS if variable == "NEBULA_TOKEN_JWKS_URL" else NEEDED
    changed = {**environment, variable: OTHER_VALUES.get(variable, "something-else")}
    assert Config.from_env(changed) != Config.from_env(environment)


def test_the_documented_defaults_are_those_that_hold() -> None:
    documented = {setting.variable: setting.default for setting in SETTINGS if setting.default}
    assert Config.from_env({**documented, **NEEDED}) == Config.from_env(NEEDED)


def test_every_setting_says_what_it_means() -> None:
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)
    assert all(setting.meaning for setting in SETTINGS)


def test_values_are_read_in_their_units() -> None:
    config = Config.from_env({**NEEDED, **OTHER_VALUES, "NEBULA_TOKEN_JWKS_URL": ""})
    assert config.time_zone == ZoneInfo("Asia/Kolkata")
    assert config.wait_seconds == 0.5
    assert config.max_file_bytes == 3 * MEGABYTE // 2
    assert config.max_pixels == 250_000
    assert config.layout == Layout(drop="in/box/", trove="mirror/")


def test_base_urls_lose_their_last_slash() -> None:
    urls = {"NEBULA_PERSIST_URL": "https://files.test/", "NEBULA_PUBLIC_URL": "https://nebula.test/base/"}
    config = Config.from_env({**NEEDED, **urls})
    assert (config.persist_url, config.public_url) == ("https://files.test", "https://nebula.test/base")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("NEBULA_WAIT_SECONDS", text) for text in ("soon", "-1", "25.1", "nan", "inf", "1,5", "0x1")),
        *(("NEBULA_MAX_FILE_MB", text) for text in ("0", "101", "-inf", "100MB")),
        *(("NEBULA_MAX_MEGAPIXELS", text) for text in ("0", "1001")),
        *(("NEBULA_TIME_ZONE", text) for text in ("Mars/Olympus", "../../etc/passwd", "America", "a\x00b")),
        *(("NEBULA_BUCKET", text) for text in ("photos\n", "\ud800")),
        *(("NEBULA_DROP_PREFIX", text) for text in ("drop", "/drop/", "trove/in/", "incoming/")),
        *(("NEBULA_TROVE_PREFIX", text) for text in ("drop/mirror/", "thumbs/")),
        *(("NEBULA_LOG_LEVEL", text) for text in ("LOUD", "info", "10")),
        *(
            ("MONGODB_URI", text)
            for text in ("mongodb://db.test", "mongodb:///nebula", "mongodb://db.test/", "db.test/nebula")
        ),
        ("NEBULA_TOKEN_SECRET", "short"),
        ("NEBULA_TOKEN_JWKS_URL", "https://id.test/keys"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(variable: str, value: str) -> None:
    (problem,) = problems_of({**NEEDED, variable: value})
    assert variable in problem


def test_every_fault_is_in_one_message() -> None:
    wrong = {"NEBULA_WAIT_SECONDS": "x", "NEBULA_TIME_ZONE": "x", "NEBULA_DROP_PREFIX": "x"}
    assert len(problems_of({**NEEDED, **wrong})) == 3


def test_a_key_set_may_stand_in_for_the_secret() -> None:
    assert Config.from_env(JWKS).tokens == TokenConfig(secret="", jwks_url="https://id.test/keys")


def test_a_secret_that_a_laptop_made_is_refused_in_a_deployed_stage() -> None:
    laptop = {**NEEDED, "NEBULA_TOKEN_SECRET": f"laptop-{SECRET}"}
    assert Config.from_env(laptop).tokens.secret == f"laptop-{SECRET}"
    (problem,) = problems_of({**laptop, "NEBULA_STAGE": "dev"})
    assert "NEBULA_TOKEN_SECRET" in problem
    assert SECRET not in problem


def test_what_is_secret_is_not_shown() -> None:
    uri = "mongodb://user:hunter2@db.test/nebula"
    config = Config.from_env({**NEEDED, "MONGODB_URI": uri})
    assert "hunter2" not in repr(config)
    assert SECRET not in repr(config)
    refused = "\n".join(problems_of({**NEEDED, "MONGODB_URI": uri.removesuffix("/nebula")}))
    assert "hunter2" not in refused


@given(st.sampled_from([setting.variable for setting in SETTINGS]), st.text(max_size=30))
@example("NEBULA_TIME_ZONE", "\ud800")
@example("NEBULA_TOKEN_SECRET", "\udcff" * 40)
@example("MONGODB_URI", "mongodb://[x]/y")
@example("NEBULA_BUCKET", "photos\n")
def test_any_value_is_used_or_refused(variable: str, value: str) -> None:
    try:
        refusal = ""
        Config.from_env({**NEEDED, variable: value})
    except ConfigError as error:
        refusal = str(error)
    assert not refusal or variable in refusal
