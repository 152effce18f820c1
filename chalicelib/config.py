"""Every setting of Nebula, read once from the environment into one frozen object.

`SETTINGS` is the single list of variables: name, default and meaning. The README's table is
checked against it, and nobody else reads `os.environ`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .domain.layout import Layout

MEGABYTE = 1024 * 1024
LAPTOP_STAGE = "laptop"
BUCKET = "NEBULA_BUCKET"
PARAMETERS = "NEBULA_PARAMETERS"
FRONTEND_ORIGIN = "NEBULA_FRONTEND_ORIGIN"
ANY_ORIGIN = "*"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_MONGODB_URI = re.compile(r"mongodb(\+srv)?://[^/?#]+/[^/?#]+")
MAX_TOKEN_CHARACTERS = 8 * 1024
"""A longer token is not looked at: API Gateway takes 10 KB of headers in all."""
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
MIN_SECRET_BYTES = 32
"""HS256 wants a key as long as its hash (RFC 7518, 3.2)."""


class Setting(NamedTuple):
    """One environment variable."""

    variable: str
    default: str | None
    meaning: str


SETTINGS = (
    Setting("NEBULA_STAGE", LAPTOP_STAGE, "`laptop`, or the name of the deployed stage (`dev`, `prod`)"),
    Setting(BUCKET, None, "the bucket that holds everything"),
    Setting("MONGODB_URI", None, "MongoDB (a replica set), with the database's name"),
    Setting("NEBULA_MONGODB_CONNECTIONS", "64", "the most connections to MongoDB that one process opens"),
    Setting("NEBULA_TOKEN_SECRET", "", "shared secret of HS256 tokens, at least 32 bytes"),
    Setting("NEBULA_TOKEN_JWKS_URL", "", "key set of RS256 and ES256 tokens; instead of the secret"),
    Setting("NEBULA_TOKEN_ISSUER", "nebula", "`iss` that a token must bear"),
    Setting("NEBULA_TOKEN_AUDIENCE", "nebula", "`aud` that a token must bear"),
    Setting("NEBULA_TOKEN_USER_CLAIM", "sub", "claim that holds the user's name"),
    Setting("NEBULA_TOKEN_ROLE_CLAIM", "role", "claim that holds `viewer`, `editor` or `admin`"),
    Setting("NEBULA_PERSIST_URL", "", "base URL of the persist service; empty: the embedded one"),
    Setting("NEBULA_PUBLIC_URL", "", "base of the embedded persist URLs; empty: the host that was asked"),
    Setting("NEBULA_TIME_ZONE", "UTC", "time zone of the dates in replies"),
    Setting("NEBULA_DROP_USER", "drop", "`uploadedBy` of dropped files without `uploaded-by` metadata"),
    Setting("NEBULA_WAIT_SECONDS", "20", "how long create and update wait for their images"),
    Setting("NEBULA_MAX_FILE_MB", "100", "largest file, as the persist service takes it"),
    Setting("NEBULA_MAX_MEGAPIXELS", "128", "largest picture, a bound on a decompression bomb"),
    Setting("NEBULA_DROP_PREFIX", Layout().drop, "the drop folder"),
    Setting("NEBULA_TROVE_PREFIX", Layout().trove, "the mirror"),
    Setting("NEBULA_INCOMING_QUEUE", "nebula-laptop-incoming", "queue of `incoming/`, for retries on demand"),
    Setting("NEBULA_DROP_QUEUE", "nebula-laptop-drop", "queue of the drop folder, for retries on demand"),
    Setting("NEBULA_FAILED_EVENTS", "", "their dead-letter queue, which the sweep feeds back; empty: none"),
    Setting(
        FRONTEND_ORIGIN,
        ANY_ORIGIN,
        "the web frontend's origins, which browsers may call from, commas between; `*`: any",
    ),
    Setting(PARAMETERS, "", "names of Parameter Store secrets, commas between, each ending in its variable"),
    Setting("NEBULA_LOG_LEVEL", "INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`"),
)

_DEFAULTS = {setting.variable: setting.default for setting in SETTINGS}


def _default(variable: str) -> str:
    return _DEFAULTS[variable] or ""


def _bytes(megabytes: str | float) -> int:
    return int(float(megabytes) * MEGABYTE)


def _pixels(megapixels: str | float) -> int:
    return int(float(megapixels) * 1_000_000)


class ConfigError(Exception):
    """The environment does not describe a system that can run; the message names every fault."""


@dataclass(frozen=True, slots=True)
class TokenConfig:
    """How tokens are checked: by `secret` (HS256), or by the key set at `jwks_url` (RS256, ES256)."""

    secret: str = field(repr=False)
    jwks_url: str = _default("NEBULA_TOKEN_JWKS_URL")
    issuer: str = _default("NEBULA_TOKEN_ISSUER")
    audience: str = _default("NEBULA_TOKEN_AUDIENCE")
    user_claim: str = _default("NEBULA_TOKEN_USER_CLAIM")
    role_claim: str = _default("NEBULA_TOKEN_ROLE_CLAIM")

    def require(self) -> None:
        """Insist that tokens can be checked. The ingest function lives without: it reads none.

        Raises:
            ConfigError: neither a secret nor a key set is configured.
        """
        if not (self.secret or self.jwks_url):
            raise ConfigError("Set NEBULA_TOKEN_SECRET or NEBULA_TOKEN_JWKS_URL: tokens cannot be checked.")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; what is left out is as `SETTINGS` says.

    `max_file_bytes` is in bytes, `wait_seconds` in seconds.
    """

    stage: str
    bucket: str
    mongodb_uri: str = field(repr=False)
    tokens: TokenConfig
    persist_url: str = _default("NEBULA_PERSIST_URL")
    public_url: str = _default("NEBULA_PUBLIC_URL")
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(_default("NEBULA_TIME_ZONE")))
    drop_user: str = _default("NEBULA_DROP_USER")
    wait_seconds: float = float(_default("NEBULA_WAIT_SECONDS"))
    max_file_bytes: int = _bytes(_default("NEBULA_MAX_FILE_MB"))
    max_pixels: int = _pixels(_default("NEBULA_MAX_MEGAPIXELS"))
    layout: Layout = field(default_factory=Layout)
    incoming_queue: str = _default("NEBULA_INCOMING_QUEUE")
    drop_queue: str = _default("NEBULA_DROP_QUEUE")
    failed_events: str = _default("NEBULA_FAILED_EVENTS")
    log_level: str = _default("NEBULA_LOG_LEVEL")
    frontend_origins: tuple[str, ...] = (ANY_ORIGIN,)
    mongodb_connections: int = 64

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Config:
        """Read and check all settings.

        Raises:
            ConfigError: variables are missing or wrong; the message names all of them.
        """
        reader = _Reader(environment)
        config = cls(
            stage=reader.text("NEBULA_STAGE"),
            bucket=reader.text("NEBULA_BUCKET"),
            mongodb_uri=reader.text("MONGODB_URI"),
            tokens=TokenConfig(
                secret=reader.text("NEBULA_TOKEN_SECRET"),
                jwks_url=reader.text("NEBULA_TOKEN_JWKS_URL"),
                issuer=reader.text("NEBULA_TOKEN_ISSUER"),
                audience=reader.text("NEBULA_TOKEN_AUDIENCE"),
                user_claim=reader.text("NEBULA_TOKEN_USER_CLAIM"),
                role_claim=reader.text("NEBULA_TOKEN_ROLE_CLAIM"),
            ),
            persist_url=reader.text("NEBULA_PERSIST_URL").rstrip("/"),
            public_url=reader.text("NEBULA_PUBLIC_URL").rstrip("/"),
            time_zone=reader.time_zone("NEBULA_TIME_ZONE"),
            drop_user=reader.text("NEBULA_DROP_USER"),
            wait_seconds=reader.number("NEBULA_WAIT_SECONDS", 0, 25),
            max_file_bytes=_bytes(reader.number("NEBULA_MAX_FILE_MB", 0.001, 100)),
            max_pixels=_pixels(reader.number("NEBULA_MAX_MEGAPIXELS", 0.001, 1000)),
            layout=reader.layout(),
            incoming_queue=reader.text("NEBULA_INCOMING_QUEUE"),
            drop_queue=reader.text("NEBULA_DROP_QUEUE"),
            failed_events=reader.text("NEBULA_FAILED_EVENTS"),
            log_level=reader.one_of("NEBULA_LOG_LEVEL", LOG_LEVELS),
            frontend_origins=reader.origins(FRONTEND_ORIGIN),
            mongodb_connections=int(reader.number("NEBULA_MONGODB_CONNECTIONS", 2, 1000)),
        )
        reader.problems += _contradictions(config)
        if reader.problems:
            raise ConfigError("The configuration is not usable:\n- " + "\n- ".join(reader.problems))
        return config


def origins_in(text: str) -> tuple[str, ...]:
    """The origins that a setting lists, commas between; none: any."""
    return tuple(filter(None, (one.strip() for one in text.split(",")))) or (ANY_ORIGIN,)


def _contradictions(config: Config) -> list[str]:
    problems = []
    tokens = config.tokens
    if tokens.secret and tokens.jwks_url:
        problems.append("set one of NEBULA_TOKEN_SECRET and NEBULA_TOKEN_JWKS_URL, not both")
    if tokens.secret and len(tokens.secret.encode()) < MIN_SECRET_BYTES:
        problems.append(f"NEBULA_TOKEN_SECRET is shorter than {MIN_SECRET_BYTES} bytes")
    if config.stage != LAPTOP_STAGE and tokens.secret.startswith("laptop-"):
        problems.append("NEBULA_TOKEN_SECRET is one that a laptop made for itself; draw another")
    if config.mongodb_uri and not _MONGODB_URI.match(config.mongodb_uri):
        problems.append("MONGODB_URI is not of the form mongodb://<hosts>/<database>")
    return problems


class _Reader:
    """Reads variables and collects what is wrong with them, so that one message names it all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, variable: str) -> str:
        value = self._environment.get(variable) or _DEFAULTS[variable]
        if value is None:
            self.problems.append(f"{variable} is missing")
            return ""
        if not value.isprintable():
            self.problems.append(f"{variable} holds characters that cannot be meant")
            return _DEFAULTS[variable] or ""
        return value

    def one_of(self, variable: str, values: tuple[str, ...]) -> str:
        text = self.text(variable)
        if text not in values:
            self.problems.append(f"{variable} is {text!r}, not one of {', '.join(values)}")
        return text

    def number(self, variable: str, least: float, most: float) -> float:
        text = self.text(variable)
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            self.problems.append(f"{variable} is {text!r}, not a number from {least:g} to {most:g}")
            return most
        return value

    def time_zone(self, variable: str) -> ZoneInfo:
        text = self.text(variable)
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
            self.problems.append(f"{variable} is {text!r}, which is no time zone")
            return ZoneInfo("UTC")

    def origins(self, variable: str) -> tuple[str, ...]:
        origins = origins_in(self.text(variable))
        if origins != (ANY_ORIGIN,):
            wrong = [one for one in origins if not _ORIGIN.fullmatch(one)]
            self.problems += [f"{variable}: {one!r} is no origin (https://data.example.com)" for one in wrong]
        return origins

    def layout(self) -> Layout:
        try:
            return Layout(drop=self.text("NEBULA_DROP_PREFIX"), trove=self.text("NEBULA_TROVE_PREFIX"))
        except ValueError as error:
            self.problems.append(f"NEBULA_DROP_PREFIX, NEBULA_TROVE_PREFIX: {error}")
            return Layout()
