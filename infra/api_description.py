"""Writes `docs/openapi.json`, so that a change of the API shows in a diff: `python -m infra.api_description`.

With `--check` it only compares, and ends with 1 where the file is not what the code describes.
"""

from __future__ import annotations

import argparse
import json

from app import app
from chalicelib.api.openapi.describe import describe
from infra.lock import ROOT

FILE = ROOT / "docs" / "openapi.json"


def text() -> str:
    """The description as the file holds it: of no host, one key a line."""
    return json.dumps(describe(app.routes, ""), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        FILE.write_text(text())
    elif not FILE.exists() or FILE.read_text() != text():
        raise SystemExit(f"{FILE.relative_to(ROOT)} is not what the code describes; run: make openapi")


if __name__ == "__main__":
    main()
