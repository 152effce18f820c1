"""The persist service as a process: it prints its URL and serves until it is ended."""

from __future__ import annotations

import argparse

from .server import PersistServer

parser = argparse.ArgumentParser(description="A persist service in memory.")
parser.add_argument("--port", type=int, default=0, help="default: a free one")
with PersistServer(parser.parse_args().port) as server:
    print(server.url, flush=True)
    server.serve_forever()
