"""The environment in which the stack's processes run, and `dev.env`, which gives it to others.

Engines that the environment names replace the local ones, one by one. A shell that has read
`dev.env` names the local ones, which does not make them foreign.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.config import LAPTOP_STAGE, SETTINGS, Config, ConfigError
from local.engines import mongod, seaweedfs
from local.errors import LaptopError
from local.home import Home, write_private
from local.processes.ports import LOOPBACK, choose_ports, saved_ports

DATABASE = "nebula"
BUCKET = "nebula"
ANOTHER_ACCOUNT = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")
_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./?_-]*")
"""What a shell takes literally on the right of an assignment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stack consists of: its ports by name, its processes' environment, which engines are its own."""

    ports: Mapping[str, int]
    environment: Mapping[str, str]
    config: Config
    own_mongod: bool
    own_seaweedfs: bool


def plan(home: Home, environment: Mapping[str, str]) -> Plan:
    """Decide what runs where, on ports that are free now.

    Raises:
        LaptopError: the settings describe no system that can run.
    """
    before = saved_ports(home.ports)
    own_mongod = _is_own(environment.get("MONGODB_URI"), _mongodb_uri(before))
    own_seaweedfs = _is_own(environment.get("AWS_ENDPOINT_URL_S3"), _endpoint(before))
    names = ["worker"]
    names += ["mongod"] if own_mongod else []
    names += seaweedfs.PORT_FLAGS if own_seaweedfs else []
    ports = choose_ports(home.ports, names)

    result = with_secrets(home, environment)
    result["NO_PROXY"] = result["no_proxy"] = _without_proxy(environment)
    if own_mongod:
        result["MONGODB_URI"] = _mongodb_uri(ports)
    if own_seaweedfs:
        for variable in ANOTHER_ACCOUNT:
            result.pop(variable, None)
        secrets = home.secrets()
        result["AWS_ENDPOINT_URL_S3"] = _endpoint(ports)
        result["AWS_ACCESS_KEY_ID"] = secrets.access_key
        result["AWS_SECRET_ACCESS_KEY"] = secrets.secret_key
        # boto3 and the command line read the one, the other SDKs the other
        result["AWS_DEFAULT_REGION"] = result["AWS_REGION"] = seaweedfs.REGION
    elif region := environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"):
        result["AWS_REGION"] = environment.get("AWS_REGION") or region
        result["AWS_DEFAULT_REGION"] = environment.get("AWS_DEFAULT_REGION") or region
    result["AWS_ENDPOINT_URL_SQS"] = f"http://{LOOPBACK}:{ports['worker']}"
    return Plan(ports, result, checked(result), own_mongod, own_seaweedfs)


def with_secrets(home: Home, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with what every process needs, engines aside."""
    result = dict(environment)
    result["NEBULA_HOME"] = str(home.path)
    result["NEBULA_STAGE"] = environment.get("NEBULA_STAGE") or LAPTOP_STAGE
    result["NEBULA_BUCKET"] = environment.get("NEBULA_BUCKET") or BUCKET
    if not environment.get("NEBULA_TOKEN_SECRET") and not environment.get("NEBULA_TOKEN_JWKS_URL"):
        result["NEBULA_TOKEN_SECRET"] = home.secrets().token_secret
    return result


def checked(environment: Mapping[str, str]) -> Config:
    """The configuration that an environment describes.

    Raises:
        LaptopError: it is not usable; the message names every fault.
    """
    try:
        return Config.from_env(environment)
    except ConfigError as error:
        raise LaptopError(str(error)) from error


def write_dev_env(home: Home, environment: Mapping[str, str], url: str, token: str) -> None:
    """Write the variables with which other programs reach the stack, for its owner's eyes only."""
    variables = {"NEBULA_URL": url, "NEBULA_TOKEN": token, "NEBULA_HOME": str(home.path)}
    others = [
        "NEBULA_BUCKET",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_SQS",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "MONGODB_URI",
        *(setting.variable for setting in SETTINGS),
    ]
    variables |= {name: environment[name] for name in others if environment.get(name)}
    lines = [f"{name}={_quoted(value)}\n" for name, value in variables.items()]
    write_private(home.dev_env, "".join(lines))


def read_dev_env(dev_env: Path) -> dict[str, str]:
    """What a stack wrote for other programs.

    Raises:
        LaptopError: it never ran.
    """
    if not dev_env.exists():
        raise LaptopError(f"{dev_env} is not there yet: `make run` writes it.")
    lines = (line.partition("=") for line in dev_env.read_text().splitlines())
    return {name: "".join(shlex.split(value)) for name, _, value in lines}


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else shlex.quote(value)


def _without_proxy(environment: Mapping[str, str]) -> str:
    hosts = (environment.get("NO_PROXY") or environment.get("no_proxy") or "").split(",")
    return ",".join(dict.fromkeys([*filter(None, hosts), LOOPBACK, "localhost"]))


def _is_own(named: str | None, own: str) -> bool:
    return not named or named == own


def _mongodb_uri(ports: Mapping[str, int]) -> str:
    return mongod.uri(ports["mongod"], DATABASE) if "mongod" in ports else ""


def _endpoint(ports: Mapping[str, int]) -> str:
    return seaweedfs.endpoint(ports["s3"]) if "s3" in ports else ""
