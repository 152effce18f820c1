"""`python -m local run | sweep | token | env`: the laptop stack, its sweep, a token, its variables."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from local.environment import checked, with_secrets
from local.errors import LaptopError
from local.home import Home
from local.progress import Terminal
from local.tokens import make_token


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Do what the command line says; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "run":
            from local.stack import run  # it imports the engines' clients, which a token does not need

            run(environment, Terminal(sys.stdout))
        elif options.command == "sweep":
            return _sweep(options)
        elif options.command == "token":
            say(_token(environment, options.user, options.role))
        else:
            say(_dev_env(environment))
    except LaptopError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def say(message: str) -> None:
    """Show a person a message at once."""
    print(message, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run everything until Ctrl-C")
    sweep = commands.add_parser("sweep", help="finish what was left undone, and tell")
    sweep.add_argument("--dry-run", action="store_true", help="only look")
    sweep.add_argument("--deep", action="store_true", help="also compare trove and totals with the images")
    token = commands.add_parser("token", help="print a token, whether or not the stack runs")
    token.add_argument("--user", default="admin", help="the user's name (default: admin)")
    token.add_argument("--role", default="admin", help="viewer, editor or admin (the default)")
    commands.add_parser("env", help="print the variables with which other programs reach the stack")
    return parser


def _sweep(options: argparse.Namespace) -> int:
    from chalicelib.services.sweep.run import SweepOrder
    from local.sweep import NO_END, stack_environment, sweep

    # boto3 reads the process's environment
    os.environ.update(stack_environment(Home.from_env(os.environ).dev_env, os.environ))
    order = SweepOrder(dry_run=options.dry_run, deep=options.deep, whole=True, seconds=NO_END)
    return sweep(os.environ, order, say)


def _token(environment: Mapping[str, str], user: str, role: str) -> str:
    home = Home.from_env(environment)
    any_database = {"MONGODB_URI": "mongodb://127.0.0.1/nebula"}  # the configuration wants one
    config = checked(any_database | with_secrets(home, environment))
    return make_token(config.tokens, user, role)


def _dev_env(environment: Mapping[str, str]) -> str:
    path = Home.from_env(environment).dev_env
    if not path.exists():
        raise LaptopError(f"{path} is not there yet: `make run` writes it.")
    return path.read_text().rstrip("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
