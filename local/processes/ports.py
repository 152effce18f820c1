"""Loopback ports: the same ones at every start of a home, as long as nobody else took them."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
CANDIDATES = range(20_000, 32_000)
"""Below the range from which Linux and macOS serve outgoing connections, which would take them."""

SHADOWS = {"s3_admin": 10_000}
"""A port whose program opens a second one, so far above it. SeaweedFS's maintenance looks for its
admin server there, whatever port that one was told to take."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_answering(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def saved_ports(path: Path) -> dict[str, int]:
    """The ports of the last start; empty before the first, or when the file is damaged."""
    try:
        return {str(name): int(port) for name, port in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def choose_ports(path: Path, names: Iterable[str], candidates: Sequence[int] = CANDIDATES) -> dict[str, int]:
    """A free port for every name, one of `candidates`, kept in `path`.

    Clients keep the addresses they were given over a restart, so last time's ports come first.
    """
    before = saved_ports(path)
    chosen: dict[str, int] = {}
    for name in names:
        port = before.get(name)
        while port is None or port in chosen.values() or not _is_free_for(name, port):
            port = random.choice(candidates)  # noqa: S311 - nothing secret about a port
        chosen[name] = port
    path.write_text(json.dumps({**before, **chosen}, indent=2))
    return chosen


def _is_free_for(name: str, port: int) -> bool:
    return is_free(port) and is_free(port + SHADOWS.get(name, 0))
