"""What a home keeps, and what its processes are told."""

from __future__ import annotations

import socket
import stat
import subprocess
from pathlib import Path

import jwt
import pytest

from chalicelib.config import SETTINGS, Config, ConfigError
from local.environment import plan, read_dev_env, write_dev_env
from local.errors import LaptopError
from local.home import Home
from local.processes.ports import LOOPBACK, choose_ports, saved_ports
from local.processes.service import essence
from local.settings import LaptopSettings
from local.tokens import make_token


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_an_empty_environment_gets_both_engines_and_a_secret_of_its_own(home: Home) -> None:
    what = plan(home, {})
    assert (what.own_mongod, what.own_seaweedfs) == (True, True)
    assert what.config.tokens.secret.startswith("laptop-")
    assert what.environment["MONGODB_URI"].endswith(f":{what.ports['mongod']}/nebula?replicaSet=nebula")
    assert what.environment["AWS_ENDPOINT_URL_S3"] == f"http://127.0.0.1:{what.ports['s3']}"
    assert len(set(what.ports.values())) == len(what.ports)


def test_a_secret_of_the_laptop_is_refused_by_a_deployed_stage(home: Home) -> None:
    with pytest.raises(ConfigError, match="laptop made for itself"):
        Config.from_env({**plan(home, {}).environment, "NEBULA_STAGE": "prod"})


def test_engines_named_in_the_environment_replace_the_local_ones_one_by_one(home: Home) -> None:
    mongo = plan(home, {"MONGODB_URI": "mongodb://db.example/nebula"})
    assert (mongo.own_mongod, mongo.own_seaweedfs) == (False, True)
    assert mongo.environment["MONGODB_URI"] == "mongodb://db.example/nebula"
    named = {
        "AWS_ENDPOINT_URL_S3": "http://s3.example",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "mine",
    }
    s3 = plan(home, named)
    assert (s3.own_mongod, s3.own_seaweedfs) == (True, False)
    assert s3.environment.items() >= named.items()


def test_every_sdk_finds_its_region(home: Home) -> None:
    """boto3 reads AWS_DEFAULT_REGION, the SDKs for other languages AWS_REGION."""
    mine = {"AWS_ENDPOINT_URL_S3": "http://s3.example", "AWS_DEFAULT_REGION": "eu-west-1"}
    for named, region in (
        ({}, "us-east-1"),
        ({"AWS_REGION": "ap-south-1"}, "us-east-1"),
        (mine, "eu-west-1"),
    ):
        write_dev_env(home, plan(home, named).environment, "http://x", "")
        written = read_dev_env(home.dev_env)
        assert (written["AWS_DEFAULT_REGION"], written["AWS_REGION"]) == (region, region)


def test_a_shell_that_read_dev_env_means_the_local_engines(home: Home) -> None:
    first = plan(home, {})
    again = plan(home, first.environment)
    assert (again.own_mongod, again.own_seaweedfs) == (True, True)
    assert again.environment == first.environment


def test_credentials_of_another_account_do_not_reach_the_local_s3(home: Home) -> None:
    environment = plan(home, {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "AWS_ACCESS_KEY_ID": "prod"})
    assert environment.environment["AWS_ACCESS_KEY_ID"] == home.secrets().access_key
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environment.environment)


def test_loopback_is_not_asked_of_a_proxy(home: Home) -> None:
    environment = plan(home, {"NO_PROXY": "intranet", "HTTP_PROXY": "http://proxy"}).environment
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_a_configuration_that_cannot_work_is_named(home: Home) -> None:
    with pytest.raises(LaptopError, match="NEBULA_MAX_FILE_MB is 'many'"):
        plan(home, {"NEBULA_MAX_FILE_MB": "many"})


def test_a_shell_reads_dev_env_as_it_was_meant(home: Home) -> None:
    tricky = "two words & $HOME 'quoted' \"twice\""
    environment = {**plan(home, {}).environment, "NEBULA_DROP_USER": tricky}
    write_dev_env(home, environment, "http://127.0.0.1:8000/nebula/backend", "a.b-c_d")
    assert stat.S_IMODE(home.dev_env.stat().st_mode) == 0o600
    plain = dict(line.split("=", 1) for line in home.dev_env.read_text().splitlines())
    names = {"NEBULA_URL", "NEBULA_TOKEN", "NEBULA_BUCKET", "MONGODB_URI", "AWS_ENDPOINT_URL_S3"}
    assert all(plain[name] == plain[name].strip("'\"") for name in names)  # for readers that know no quotes
    script = 'set -a; . "$0"; exec env'
    seen = subprocess.run(
        ["/bin/sh", "-c", script, str(home.dev_env)], env={}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert f"NEBULA_DROP_USER={tricky}" in seen
    assert f"MONGODB_URI={environment['MONGODB_URI']}" in seen
    assert read_dev_env(home.dev_env)["NEBULA_DROP_USER"] == tricky
    set_ones = [setting.variable for setting in SETTINGS if environment.get(setting.variable)]
    assert {line.split("=", 1)[0] for line in seen} >= {*names, *set_ones}


def test_the_secrets_of_a_home_are_drawn_once_and_for_its_owner_alone(home: Home) -> None:
    drawn = home.secrets()
    assert home.secrets() == drawn
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert drawn.token_secret not in repr(drawn)
    assert Home(home.path / "other").secrets() != drawn


def test_damaged_secrets_are_named(home: Home) -> None:
    (home.path / "secrets.json").write_text("{")
    with pytest.raises(LaptopError, match=r"secrets\.json is damaged"):
        home.secrets()


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LaptopError, match=r"cannot be used.*\n.*NEBULA_HOME="):
        Home(tmp_path / "file" / "home").prepare()


def test_ports_stay_the_same_unless_somebody_took_them(home: Home) -> None:
    first = choose_ports(home.ports, ["a", "b"])
    assert choose_ports(home.ports, ["b", "a", "c"]).items() >= first.items()
    with socket.create_server((LOOPBACK, first["a"])):
        second = choose_ports(home.ports, ["a", "b"])
    assert second["b"] == first["b"]
    assert second["a"] not in first.values()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a": null}'])
def test_damaged_ports_are_chosen_anew(home: Home, damage: str) -> None:
    home.ports.write_text(damage)
    assert saved_ports(home.ports) == {}
    assert set(choose_ports(home.ports, ["a"])) == {"a"}


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_a_token_says_who_and_in_which_role(home: Home, role: str) -> None:
    config = plan(home, {"NEBULA_TOKEN_USER_CLAIM": "name"}).config.tokens
    token = make_token(config, "o'brien", role)
    claims = jwt.decode(token, config.secret, ["HS256"], audience="nebula", issuer="nebula")
    assert (claims["name"], claims["role"]) == ("o'brien", role)
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600


def test_a_token_that_would_not_work_is_not_made(home: Home) -> None:
    config = plan(home, {}).config.tokens
    with pytest.raises(LaptopError, match="no role 'king', only viewer, editor, admin"):
        make_token(config, "vedant", "king")
    with pytest.raises(LaptopError, match="needs a user's name"):
        make_token(config, " ", "admin")
    elsewhere = plan(home, {"NEBULA_TOKEN_JWKS_URL": "https://issuer.example/keys"}).config.tokens
    with pytest.raises(LaptopError, match=r"issuer\.example"):
        make_token(elsewhere, "vedant", "admin")


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1", "8000.0", "٣"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(LaptopError, match="NEBULA_PORT is"):
        LaptopSettings.from_env({"NEBULA_PORT": port})


def test_of_mongods_log_a_person_sees_the_errors() -> None:
    log = (
        '{"s":"I","msg":"fine"}\n{"s":"E","msg":"No space left","attr":{"path":"/x"}}\n{"s":"I","msg":"bye"}'
    )
    assert essence(log) == ['No space left {"path": "/x"}']
    assert essence("plain\nwords") == ["plain", "words"]
